/** docs/losses.md: the record of what notices the loss of each constraint and interaction, for people and for the test that holds it. */
import { join } from 'node:path';
import { ROOT } from '../../../scripts/lib/tools.ts';
import { SYSTEM } from '../../machine/chips/harness.ts';
import { type Evidence, KINDS } from './evidence.ts';
import { IMPLIED } from './implied.ts';
import { LOSSES, type Loss, textOf } from './losses.ts';

export const LOSSES_PAGE: string = join(ROOT, 'docs/losses.md');

/** Evidence by {@link textOf}. */
export type Recorded = ReadonlyMap<string, Evidence>;

const kindOf = (words: string): Evidence['kind'] | undefined =>
  (Object.keys(KINDS) as Evidence['kind'][]).find((kind) => KINDS[kind] === words);

/** What a page says; of parts that the machine does not have too. */
export function readPage(text: string): Recorded {
  const found = new Map<string, Evidence>();
  let chip = '';
  for (const line of text.split('\n')) {
    chip = /^## (\w+)$/.exec(line)?.[1] ?? chip;
    const [, part, name, words, which] = line.split(' | ').length === 4 ? cellsOf(line) : [];
    const kind = kindOf(words ?? '');
    if (kind === undefined || (part !== 'constraint' && part !== 'interaction')) continue;
    found.set(textOf({ chip, kind: part, name: name! }), { kind, name: which! });
  }
  return found;
}

const cellsOf = (line: string): (string | undefined)[] => [
  line,
  ...line
    .replace(/^\| | \|$/g, '')
    .split(' | ')
    .map((cell) => cell.trim()),
];

const KINDS_TEXT: Readonly<Record<Evidence['kind'], string>> = {
  lie: 'a whole run with one lie (`test/soundness/lib/stories*.ts`): without the part the row checker accepts it, with it it does not',
  found:
    'the same, found by changing one cell of an honest row and making all that follows fit (`search.ts`); named by the run, the row and the cell at which it begins',
  ghost:
    'the same, with a row that is no instruction’s: a selector of minus one beside another, so that an access is left which puts another value into a cell (`ghost.ts`)',
  smt: 'the case of `npm run test:smt`, which is unsatisfiable, has a row that does something else',
  odd: 'a row that the machine has only without the part, of several selectors or of one that is no bit, can do what no row of its opcode does (`odd.ts`), by SMT',
  honest: 'an honest run is refused: its bus is off',
  implied:
    'the other parts say it too; the argument is below, and `implied.test.ts` has what of it a machine can check',
};

export function printPage(recorded: Recorded): string {
  const of = (loss: Loss): Evidence | undefined => recorded.get(textOf(loss));
  const counts = (Object.keys(KINDS) as Evidence['kind'][]).map((kind) => {
    const count = LOSSES.filter((loss) => of(loss)?.kind === kind).length;
    return `| ${KINDS[kind]} | ${count} | ${KINDS_TEXT[kind]} |`;
  });
  const chips = SYSTEM.chips.map(({ name: chip }) => {
    const rows = LOSSES.filter((loss) => loss.chip === chip).map((loss) => {
      const evidence = of(loss);
      const [words, which] = evidence === undefined ? ['nothing', ''] : [KINDS[evidence.kind], evidence.name];
      return `| ${loss.kind} | ${loss.name} | ${words} | ${which} |`;
    });
    return `## ${chip}\n\n| part | name | noticed by | which |\n| --- | --- | --- | --- |\n${rows.join('\n')}\n`;
  });
  const implied = IMPLIED.map(({ name, argument }) => `- **${name}**: ${argument}`);
  return `# What each constraint and interaction is for

Written by \`npm run test:soundness -- --losses\` from the declarations and what \`test/soundness/losses\` finds; do not edit. Each of the ${LOSSES.length} constraints
and interactions is left out of the machine, one at a time, and this is what then goes wrong. \`test/soundness/losses/losses.test.ts\` holds every line.

| noticed by | parts | what that is |
| --- | --- | --- |
${counts.join('\n')}

Implied, each by all the others (so not all of them could go at once), are:

${implied.join('\n')}

${chips.join('\n')}
## ring

Of runs of several proofs alone, so not of the machine above; \`test/soundness/losses/ring.test.ts\` holds what its four parts are for.

- **mask**, **mask before** (interactions): without either an honest run is refused, since its bus is off.
- **sends is a bit**, **receives is a bit** (constraints): implied. No other chip and no public term has the tag of masks, so whatever multiplicities there are, what they send is received by rows of this chip alone or the bus is off.
`;
}
