// Writes docs/chips.md, the reference of the machine, from its declarations: node scripts/print-chips.ts
import './lib/help.ts';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { printConstant, printExpression } from '../sdk/src/expr/print.ts';
import { Fr } from '../sdk/src/field/field.ts';
import { CTL } from '../sdk/src/machine/chips/ctl.ts';
import {
  EQUAL,
  GREATER,
  IMMEDIATE,
  LESS,
  OPCODES,
  type OpcodeInfo,
  SIGNED,
  WIDE,
} from '../sdk/src/machine/instructions.ts';
import type { Bits, Demand, Operand } from '../sdk/src/machine/operands.ts';
import { FAILURES } from '../sdk/src/machine/program.ts';
import { machineSystem } from '../sdk/src/machine/system.ts';
import type { Chip, Column, Expr, Interaction, PublicTerm } from '../sdk/src/plonk/declare/declare.ts';
import { type ChipLayout, layout } from '../sdk/src/plonk/declare/layout.ts';
import { type Pack, schedule } from '../sdk/src/plonk/declare/schedule.ts';
import { caseSections } from './lib/print-cases.ts';
import { ROOT } from './lib/tools.ts';

export const CHIPS_PAGE: string = join(ROOT, 'docs/chips.md');

const FLAGS = Object.entries({ IMMEDIATE, WIDE, SIGNED, LESS, EQUAL, GREATER });

/** Numbers that read better as what they are. */
const NUMBERS: readonly (readonly [string, string])[] = [
  [`·${printConstant(Fr.inv(4n))}`, '/4'],
  [printConstant((1n << 64n) - (1n << 32n)), '(2^64 − 2^32)'],
  [printConstant((1n << 32n) - 1n), '(2^32 − 1)'],
];

/** The sum of the selectors is printed as `real`. */
function printer(chip?: Chip): (e: Expr) => string {
  const print = (e: Expr): string => printExpression(e, (column: Column) => column.name);
  const selected = chip?.constraints.find(({ name }) => name === 'at most one selector')?.expression;
  const real = selected?.op === 'mul' ? print(selected.left) : undefined;
  return (e) => {
    let text = print(e);
    for (const [number, better] of NUMBERS) text = text.replaceAll(number, better);
    if (real === undefined) return text;
    return text.replaceAll(`(${real})`, 'real').replaceAll(real, 'real');
  };
}

const printPlain = printer();
const cell = (text: string): string => text.replaceAll('|', '\\|');

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.map(cell).join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

/** Bits as text: a number, `w` for the width by the flag WIDE. */
function bitsText(bits: Bits, bytes: number): string {
  if (bits === 'loaded') return bytes === 8 ? '64' : `${8 * bytes}, SIGNED w`;
  return bits === 'flag' ? 'w' : `${bits}`;
}

/** What the second operand must be besides its bits. */
const DEMANDS: Readonly<Record<Demand, string>> = {
  factor: 'x and y of 32 bits, or y = 1',
  power: '2^k, k < 32',
  shift: '2^k, 0 < k < 32',
  count: 'below w',
  rotation: 'at most w',
  divisor: 'not 0',
};

function fieldText(field: Operand, { bytes }: Pick<OpcodeInfo, 'bytes'>): string {
  switch (field.role) {
    case 'unused':
      return '';
    case 'read':
    case 'write':
    case 'update':
      return `${field.role}s (${bitsText(field.bits, bytes)})`;
    case 'second': {
      const demand = field.demand === undefined ? '' : `, ${DEMANDS[field.demand]}`;
      return `y (${bitsText(field.bits, bytes)}${demand})`;
    }
    default:
      return field.role;
  }
}

function instructionTable(): string {
  return table(
    ['opcode', 'code', 'chips', 'flags', 'a', 'b', 'c', 'cell', 'traps', 'meaning'],
    OPCODES.map((info) => [
      `\`${info.name}\``,
      `${info.code}`,
      info.chips.join(', '),
      flagsText(info),
      ...[info.a, info.b, info.c].map((field) => fieldText(field, info)),
      info.cell === 'none' ? '' : info.cell,
      info.traps.map((name) => FAILURES[name].text).join(', '),
      info.meaning,
    ]),
  );
}

function flagsText({ flags, required, apart }: OpcodeInfo): string {
  const names = FLAGS.flatMap(([flag, weight]) => {
    if ((flags & weight) === 0) return [];
    return `${flag}${(required & weight) === 0 ? '' : ' always'}`;
  });
  const excluded = FLAGS.filter(([, weight]) => (apart & weight) !== 0).map(([flag]) => flag);
  if (excluded.length > 0) names.push(`never ${excluded.join(' with ')}`);
  return names.join(', ');
}

/** Who enforces the kinds that need no word of the chip. */
const ENFORCED = { bit: '', limb16: 'RANGE16 lookup', byte: '', bound: '' } as const;

function act({ tags, tuple, sign, multiplicity }: Interaction, print: (e: Expr) => string): string {
  const names = tags.map(({ name }) => name).join(' or ');
  const [code, ...fields] = tuple;
  const tag = tags.length === 1 ? names : `${names} (tag ${print(code!)})`;
  return `${sign === 1 ? 'sends' : 'receives'} ${tag} · ${print(multiplicity)} · (${fields.map(print).join(', ')})`;
}

function chipSection({ chip, helpers, constraints }: ChipLayout): string {
  const print = printer(chip);
  const selected = chip.constraints.find(({ name }) => name === 'at most one selector')?.expression;
  const { height } = chip;
  const rows =
    height.from === 'key'
      ? `2^${height.log}, fixed in the verifying key`
      : height.from === 'program'
        ? 'that of the program key'
        : `chosen per proof, at least 2^${height.minLog}`;
  const columns = [
    ...chip.fixed.map(({ name }) => [`\`${name}\``, 'fixed', '']),
    ...chip.main.map(({ name, range, words, why }) => [
      `\`${name}\``,
      range === 'bound' && words === 2 ? 'bound, 64-bit' : range,
      why === '' ? ENFORCED[range] : why,
    ]),
  ];
  const own = constraints.slice(0, chip.constraints.length);
  const bits = chip.main.filter(({ range }) => range === 'bit').map(({ name }) => name);
  const spoken = own.filter(({ name }) => !bits.some((bit) => name === `${bit} is a bit`));
  const parts = [
    `## ${chip.name}`,
    `${chip.about}\n\nHeight: ${rows}. ${chip.main.length} main columns, ${chip.fixed.length} fixed, ` +
      `${helpers.length} helper${helpers.length === 1 ? '' : 's'} for ${chip.interactions.length} ` +
      `interaction${chip.interactions.length === 1 ? '' : 's'}.`,
    table(['column', 'kind', 'what it is or who bounds it'], columns),
    ...(chip === CTL.chip ? [caseSections(CTL, print, table)] : []),
  ];
  if (own.length > 0) {
    const real = selected?.op === 'mul' ? ` \`real = ${printPlain(selected.left)}\`.` : '';
    const listed = spoken.map(({ name, expression }) => `- ${name}: \`${print(expression)} = 0\``);
    parts.push(
      `### Constraints of ${chip.name}\n\nEach bit \`v\`: \`v·(v − 1) = 0\`.${real}\n\n${listed.join('\n')}`,
    );
  }
  const acts = chip.interactions.map(
    (interaction) => `- ${interaction.name}: \`${act(interaction, print)}\``,
  );
  parts.push(`### Interactions of ${chip.name}\n\n${acts.join('\n')}`);
  return parts.join('\n\n');
}

function publicTerm({ name, tag, sign, fields, each }: PublicTerm): string {
  const values = fields.map((field) => (field.from === 'constant' ? `${field.value}` : field.from));
  const many = each === undefined ? '' : `, for each of the public ${each}`;
  return `- ${name}: ${sign === 1 ? 'sends' : 'receives'} \`${tag.name}(${values.join(', ')})\`${many}`;
}

function packRows(packs: readonly Pack[], chips: readonly ChipLayout[]): string[][] {
  return packs.map(({ label, t, columns, count }) => {
    const shared = [...Map.groupBy(columns, ([j]) => chips[j]!.chip.name)];
    const names = shared.map(([name, { length }]) => `${length} of ${name}`).join(', ');
    return [label, `${t}`, names === '' ? `${count}` : names];
  });
}

/** The page, always the same for the same declarations. */
export function chipsPage(): string {
  const system = machineSystem();
  const { chips, shape } = layout(system);
  const counts = chips.map(({ chip, helpers, constraints }) => ({
    name: chip.name,
    main: chip.main.length,
    fixed: chip.fixed.length,
    helpers: helpers.length,
    interactions: chip.interactions.length,
    constraints: constraints.length,
  }));
  const columns = counts.reduce((sum, { main, fixed, helpers }) => sum + main + fixed + helpers, 0);
  return `${[
    '# The chips of the machine',
    `Generated by \`node scripts/print-chips.ts\` from the declarations in \`sdk/src/machine\`; do not edit. Machine version ${system.version}.`,
    'A chip is a set of rows. A constraint speaks of one row and holds on every one; rows speak to each other over the bus, ' +
      'where sends and receives of equal tuples must balance. An interaction is written ' +
      '`sends TAG · multiplicity · (fields)`. Kinds of columns: bit; limb16, below 2^16; byte; bound, whose value other ' +
      'rows, a lookup or a constraint leave no choice of. A column that is called free may hold anything in the rows named: nothing reads it there.',
    `${columns} columns in all:`,
    table(
      ['chip', 'main', 'fixed', 'helpers', 'interactions', 'constraints with helpers'],
      counts.map((row) => Object.values(row).map(String)),
    ),
    '## Commitments',
    'Columns that share one ([protocol.md](protocol.md#packed-commitments)), and the factor t of the pack:',
    table(['pack', 't', 'columns'], packRows(schedule(shape).packs, chips)),
    '## Instructions',
    'An instruction is `(opcode, a, b, c)` at a program counter; `a`, `b`, `c` are slots relative to the frame pointer unless ' +
      'said otherwise, `x` is slot b, `y` slot c or the immediate c where IMMEDIATE is set. The number of an opcode is its code plus its flags: ' +
      `${FLAGS.map(([flag, weight]) => `${flag} ${weight}`).join(', ')}. The width w is 64 with WIDE, otherwise 32; the next pc is pc + 1 unless said otherwise. ` +
      'Fields say what the row reads and writes and of how many bits (unused ones are 0), the cell is what it accesses besides slots, traps are those that the row itself may prove. ' +
      'What they demand of slots the verifier of images shows of every program ([machine.md](machine.md#the-verifier-of-images)).',
    instructionTable(),
    '## Tags of the bus',
    table(
      ['tag', 'code', 'fields'],
      system.tags.map(({ name, code, fields }) => [name, `${code}`, fields.join(', ')]),
    ),
    'The verifier adds the public terms itself:',
    system.publicTerms.map(publicTerm).join('\n'),
    ...chips.map(chipSection),
    '## Of runs of several proofs',
    'Bodies have the chips of instructions, `boundary` and `ring`; the closing shard has `image`, `tables` and `ring` ' +
      '([machine.md](machine.md#runs-of-several-proofs)).',
    ...layout(machineSystem({ kind: 'closing' }))
      .chips.filter(({ chip }) => !chips.some((whole) => whole.chip === chip))
      .map(chipSection),
  ].join('\n\n')}\n`;
}

if (import.meta.main) writeFileSync(CHIPS_PAGE, chipsPage());
