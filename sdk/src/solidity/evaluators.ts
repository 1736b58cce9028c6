/** Constraint programs as Yul functions, and their distribution over contracts where one would pass the code limit. */
import { fail } from '../errors/index.ts';
import { R_HEX } from './check.ts';
import { betaNames, WORD } from './layout.ts';
import { printProgram } from './program.ts';
import type { GeneratorContext } from './read.ts';
import { codeBytes, hexNumber, indent, yulFunction } from './yul.ts';

export interface ChipFunction {
  readonly index: number;
  /** Name of the Yul function and of the chip. */
  readonly name: string;
  readonly label: string;
  readonly lines: readonly string[];
  readonly scratchWords: number;
  readonly bytes: number;
}

/** Where a function finds challenges and values. */
interface Leaves {
  read(address: number): string;
  readonly scratch: number;
}

/** Functions that read the verifier's memory. */
export function printChips(context: GeneratorContext): ChipFunction[] {
  const leaves = {
    read: (address: number) => `mload(${hexNumber(address)})`,
    scratch: context.memory.at('SCRATCH'),
  };
  return context.key.shape.chips.map((_, j) => printChip(context, j, leaves));
}

function printChip({ key, memory }: GeneratorContext, j: number, leaves: Leaves): ChipFunction {
  const { name: label, program, constraints } = key.shape.chips[j]!;
  const { main, fixed, helper } = memory.plan.values.chips[j]!;
  const columns = [...main, ...fixed, ...helper];
  const betas = betaNames(key.shape);
  const challengeRegion = (name: string): string => {
    if (name === 'alpha') return 'ALPHA';
    if (name === 'y') return 'Y';
    const region = betas[Number(name.slice(4)) - 1];
    if (region === undefined) throw new RangeError(`no challenge ${name}`);
    return region;
  };
  const printed = printProgram(program, {
    column: (index) => leaves.read(memory.value(columns[index]!)),
    challenge: (index) => leaves.read(memory.at(challengeRegion(program.challenges[index]!))),
    scratch: leaves.scratch,
  });
  const name = `chip_${j}_${label.replace(/\W/g, '_')}`;
  const lines = yulFunction(
    `${name}() -> c`,
    printed.lines,
    `Σ y^i·c_i of ${label}: ${constraints} constraints; ${main.length} main, ${fixed.length} fixed, ${helper.length} helper columns.`,
  );
  return {
    index: j,
    name,
    label,
    lines,
    scratchWords: printed.scratchWords,
    bytes: codeBytes(printed.lines) + 20,
  };
}

function chipBytes(chips: readonly ChipFunction[]): number {
  return chips.reduce((sum, chip) => sum + chip.bytes, 0);
}

/** Room for what the estimate does not see: dispatch, ABI decoding, loops, jumps. */
const MAIN_RESERVE = 2_500;
const EVALUATOR_RESERVE = 300;

export interface Split {
  /** Functions within the verifier itself. */
  readonly main: readonly ChipFunction[];
  /** Runs of consecutive chips, one contract each. */
  readonly evaluators: readonly (readonly ChipFunction[])[];
  readonly mainBytes: number;
}

/** All in one contract if they fit; otherwise runs of chips in contracts of their own, the rest in the verifier. */
export function splitChips(
  chips: readonly ChipFunction[],
  { codeLimit, mainBytes }: { codeLimit: number; mainBytes: number },
): Split {
  const room = codeLimit - mainBytes - MAIN_RESERVE;
  const main: ChipFunction[] = [];
  let used = 0;
  let next = 0;
  while (next < chips.length && used + chips[next]!.bytes <= room) {
    used += chips[next]!.bytes;
    main.push(chips[next++]!);
  }
  const evaluators: ChipFunction[][] = [];
  let filled = Number.POSITIVE_INFINITY;
  for (const chip of chips.slice(next)) {
    if (chip.bytes > codeLimit - EVALUATOR_RESERVE) {
      fail('VERIFIER_TOO_LARGE', `the constraints of ${chip.label} take about ${chip.bytes} bytes of code`, {
        fix: `A contract must fit ${codeLimit} bytes: split the chip`,
      });
    }
    if (filled + chip.bytes > codeLimit - EVALUATOR_RESERVE) {
      evaluators.push([]);
      filled = 0;
    }
    evaluators.at(-1)!.push(chip);
    filled += chip.bytes;
  }
  return { main, evaluators, mainBytes: mainBytes + used + MAIN_RESERVE };
}

/** A contract that takes challenges and values as its calldata and returns one word a chip. */
export function evaluatorContract(
  context: GeneratorContext,
  name: string,
  chips: readonly ChipFunction[],
): { readonly name: string; readonly lines: readonly string[]; readonly bytes: number } {
  const from = context.memory.at('ALPHA');
  const results = 0x80;
  const leaves = {
    read: (address: number) => `calldataload(${hexNumber(address - from)})`,
    scratch: results + chips.length * WORD,
  };
  const functions = chips.map((chip) => printChip(context, chip.index, leaves));
  const lines = [
    `/// @notice Evaluates the constraints of ${chips.map(({ label }) => label).join(', ')} for the verifier below, which`,
    "/// deploys it. The calldata is the verifier's memory from the challenges to the values at z.",
    `contract ${name} {`,
    ...indent(
      [
        `uint256 private constant R = ${R_HEX};`,
        '',
        'fallback() external {',
        '    assembly {',
        ...indent(
          [
            ...functions.flatMap((chip) => [...chip.lines, '']),
            ...functions.map((chip, i) => `mstore(${hexNumber(results + i * WORD)}, ${chip.name}())`),
            `return(${hexNumber(results)}, ${hexNumber(chips.length * WORD)})`,
          ],
          8,
        ),
        '    }',
        '}',
      ],
      4,
    ),
    '}',
  ];
  return { name, lines, bytes: chipBytes(functions) + EVALUATOR_RESERVE };
}
