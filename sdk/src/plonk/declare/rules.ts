/**
 * The rules of protocol.md that a system can break, for declarations and for keys from files alike. Names are among them:
 * they go into messages and into the comments of the Solidity verifier, and no digest covers them.
 */
import { programDegrees } from '../../expr/evaluate.ts';
import { type ChipWidths, PACK_STAGES, type PackShape, widthOf } from './declare.ts';
import { largestFactor, leastLog, MAX_PROGRAM_CHIPS, maxLog, type Shape } from './shape.ts';
import { checkTerms, type Outline, type Report } from './term-rules.ts';

/** One line of plain ASCII, with nothing that ends a comment or a text. */
const NAME = /^\w[\w .-]{0,39}$/;
/** Heights of the proof stand in one word, a byte each. */
const MOST_FREE_HEIGHTS = 32;

export function checkOutline(outline: Outline, invalid: Report): void {
  const { bus, maxDegree, tQuotient, tPhi, tags, chips } = outline;
  checkNames(outline, invalid);
  // The quotient's chunks and the series at infinity (n ≥ 8 > maxDegree + 1) are sized for these.
  if (!(maxDegree >= 3 && maxDegree <= 6)) invalid('', `maximal degree ${maxDegree} is not in 3 … 6`);
  if (!(Number.isInteger(tQuotient) && tQuotient >= 2)) {
    invalid('', `tQuotient is ${tQuotient}; with less than 2 the chunks show one more evaluation of φ`);
  }
  if (!(Number.isInteger(tPhi) && tPhi >= 1)) invalid('', `tPhi is ${tPhi}`);
  const distinct = (what: string, values: readonly (string | number)[]): void => {
    const twice = values.find((value, i) => values.indexOf(value) !== i);
    if (twice !== undefined) invalid('', `${what} ${twice} stands twice`);
  };
  distinct(
    'tag code',
    tags.map((tag) => tag.code),
  );
  distinct(
    'tag name',
    tags.map((tag) => tag.name),
  );
  distinct(
    'chip name',
    chips.map((chip) => chip.name),
  );
  for (const { name, code } of tags) {
    if (!(Number.isInteger(code) && code >= 1)) invalid('', `tag ${name} has code ${code}`);
  }
  if (chips.length === 0) invalid('', 'there is no chip');
  if (chips.filter(({ height }) => height.from === 'program').length > MAX_PROGRAM_CHIPS) {
    invalid('', `more than ${MAX_PROGRAM_CHIPS} chips have their heights from the program key`);
  }
  if (chips.filter(({ height }) => height.from === 'proof').length > MOST_FREE_HEIGHTS) {
    invalid('', `more than ${MOST_FREE_HEIGHTS} chips have their heights from the proof`);
  }
  for (const { name, height, fixed } of chips) {
    const log = height.from === 'key' ? height.log : height.minLog;
    const least = leastLog(bus);
    if (!(Number.isInteger(log) && log >= least)) invalid(name, `the least height is ${2 ** least} rows`);
    if (height.from === 'proof' && fixed > 0) {
      invalid(name, 'a chip with fixed columns takes its height from a key, never from the proof');
    }
  }
  checkTerms(outline, invalid);
}

/**
 * A pack has one round (its stage says which) and one source: the proof, the verifying key, or the program key. Every column of
 * every chip stands in exactly one. φ and the quotient are no columns of chips: they cannot be in a list of packs, so φ, which is
 * opened at ωz too, has no companions there, of whom a third value would be seen for two blinding coefficients.
 */
export function checkPacks(chips: readonly ChipWidths[], packs: readonly PackShape[], invalid: Report): void {
  const seen = new Set<string>();
  for (const [g, { stage, t, columns }] of packs.entries()) {
    const place = `pack ${g}`;
    if (!(Number.isInteger(t) && t >= 1)) invalid(place, `t is ${t}`);
    if (g > 0 && PACK_STAGES.indexOf(stage) < PACK_STAGES.indexOf(packs[g - 1]!.stage)) {
      invalid(place, `${stage} columns behind ${packs[g - 1]!.stage} ones`);
    }
    if (columns.length === 0) invalid(place, 'has no columns');
    if (columns.length > t) invalid(place, `${columns.length} columns at t = ${t}`);
    for (const [j, i] of columns) {
      const chip = chips[j];
      const width = chip === undefined ? 0 : widthOf(chip, stage);
      if (chip === undefined || !(Number.isInteger(i) && i >= 0 && i < width)) {
        invalid(place, `there is no ${stage} column ${i} of chip ${j}`);
      }
      const first = chips[columns[0]![0]]!;
      if (stage === 'fixed' && chip.height.from !== first.height.from) {
        invalid(place, `fixed columns of ${first.name} and ${chip.name} come from different keys`);
      }
      const column = `${stage} column ${i} of ${chip.name}`;
      if (seen.has(column)) invalid(place, `${column} stands twice`);
      seen.add(column);
    }
  }
  for (const chip of chips) {
    for (const stage of PACK_STAGES) {
      for (let i = 0; i < widthOf(chip, stage); i++) {
        const column = `${stage} column ${i} of ${chip.name}`;
        if (!seen.has(column)) invalid('', `${column} is in no pack`);
      }
    }
  }
}

function checkNames({ name, version, chips, tags, publicTerms, recursion }: Outline, invalid: Report): void {
  const check = (what: string, text: string): void => {
    if (!NAME.test(text)) {
      invalid(
        '',
        `${what} is ${JSON.stringify(text)}, not up to 40 letters, digits, spaces and . _ - behind a letter or digit`,
      );
    }
  };
  check('the name', name);
  check('the version', version);
  chips.forEach((chip, j) => {
    check(`the name of chip ${j}`, chip.name);
  });
  tags.forEach((tag, i) => {
    check(`the name of tag ${i}`, tag.name);
  });
  [...publicTerms, ...(recursion?.subject?.publicTerms ?? [])].forEach((term, i) => {
    check(`the name of public term ${i}`, term.name);
  });
}

/** The same, and what follows from declarations: degrees, constraints of the helpers, powers for the least heights. */
export function checkShape(shape: Shape, powers: number, invalid: Report): void {
  checkOutline(shape, invalid);
  checkPacks(shape.chips, shape.packs, invalid);
  shape.chips.forEach(({ name, height, helpers, constraints, program }, j) => {
    if (constraints < helpers) invalid(name, `${constraints} constraints for ${helpers} helpers`);
    const [degree] = programDegrees(program);
    if (!(degree! <= shape.maxDegree)) invalid(name, `degree ${degree} is above ${shape.maxDegree}`);
    const least = height.from === 'key' ? height.log : height.minLog;
    if (maxLog(shape, powers, j) < least) {
      invalid(
        name,
        `${powers} powers of τ do not allow its least height, 2^${least}, at t = ${largestFactor(shape, j)}`,
      );
    }
  });
}
