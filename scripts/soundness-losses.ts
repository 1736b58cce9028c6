// npm run test:soundness -- --losses: what notices that the machine lacks a constraint or an interaction, each of them in turn, and the
// page docs/losses.md. What the page says already is tried first; what does not hold any more is searched for (minutes each).
//   node scripts/soundness-losses.ts             everything
//   node scripts/soundness-losses.ts '^alu'      parts whose name matches the regular expression; the rest stays as it is
//   node scripts/soundness-losses.ts --missing   parts of which the page says nothing
import './lib/help.ts';
import { existsSync, readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { writeWhole } from '../sdk/src/platform/node-storage.ts';
import { Bench, type Evidence, KINDS } from '../test/soundness/losses/evidence.ts';
import { LOSSES, textOf } from '../test/soundness/losses/losses.ts';
import { LOSSES_PAGE, printPage, readPage } from '../test/soundness/losses/page.ts';

/** Time to search for a lie where nothing else notices the loss. */
const SEARCH_MS = 40_000;

const read = (): Map<string, Evidence> =>
  new Map(existsSync(LOSSES_PAGE) ? readPage(readFileSync(LOSSES_PAGE, 'utf8')) : []);
const { values, positionals } = parseArgs({
  options: { missing: { type: 'boolean', default: false } },
  allowPositionals: true,
});
const pattern = new RegExp(positionals[0] ?? '');
const unnoticed: string[] = [];
await using bench = await Bench.start();
for (const loss of LOSSES) {
  const text = textOf(loss);
  const before = read().get(text);
  if (!pattern.test(text) || (values.missing && before !== undefined)) continue;
  const kept = before !== undefined && (await bench.holds(loss, before).catch(() => false));
  const evidence = kept ? before : await bench.find(loss, SEARCH_MS);
  if (evidence === undefined) unnoticed.push(text);
  console.log(`${text}: ${evidence === undefined ? 'nothing' : `${KINDS[evidence.kind]}, ${evidence.name}`}`);
  const all = read();
  all.delete(text);
  if (evidence !== undefined) all.set(text, evidence);
  // Whole or not at all: the page is the record.
  await writeWhole(LOSSES_PAGE, [new TextEncoder().encode(printPage(all))]);
}
if (unnoticed.length > 0) console.log(`\nNothing notices the loss of\n  ${unnoticed.join('\n  ')}`);
process.exitCode = unnoticed.length === 0 ? 0 : 1;
