/** Constraints that the others and the bus imply, each with the argument; `implied.test.ts` has what of it a machine can check. */
import { INSTRUCTION_CHIPS } from '../../../sdk/src/machine/system.ts';
import type { Loss } from './losses.ts';

export interface Implied {
  readonly name: string;
  readonly of: (loss: Loss) => boolean;
  readonly argument: string;
}

const is =
  (chip: string, ...names: readonly string[]) =>
  (loss: Loss): boolean =>
    loss.chip === chip && loss.kind === 'constraint' && names.includes(loss.name);

export const IMPLIED: readonly Implied[] = [
  {
    name: 'one flow of states',
    of: (loss) => loss.chip in INSTRUCTION_CHIPS && is(loss.chip, 'at most one selector')(loss),
    argument:
      'a row takes its state as often as it has selectors and sends the next one at most so often. The public terms send one state, time grows ' +
      'with each row, and no multiplicity is negative: so no state is taken more than once, and no row has two selectors.',
  },
  {
    name: 'a second row by its state',
    of: is('wide', 'first is a bit', 'second is a bit'),
    argument:
      'a row of a division that is neither 0 nor 1 times a first or second one looks up the opcode `56 + 256·v`, or with flags, so `v` is a small multiple of 1/256; and it sends ' +
      'or takes a state at `v·2^32` from its pc, give or take one, which must be a pc of the image, or one above `2^32`: of all opcodes that there are, only 0 and 1 lead there. ' +
      'A row without selectors is no division, and both are 0.',
  },
  {
    name: 'no opcode for both',
    of: is('wide', 'a row is not both'),
    argument:
      'a division that is a first and a second row at once would look up an opcode with 512 more, which no image has; without a division the sum of the two is 0.',
  },
  {
    name: 'one chain of keys',
    of: is('boundary', 'at most one selector'),
    argument:
      'as often as a row opens a cell it takes the key before, which is there once: not twice. A row that opens and refreshes at once ' +
      'would close a cell, twice, at a time before that at which it opens it, and accesses lead from earlier to later times only.',
  },
  {
    name: 'a tag that nobody provides',
    of: is('boundary', 'word is a bit', 'zero is a bit'),
    argument:
      'the sum of the three selectors is 0 or 1, and the other two are bits: 0, −1 and −2 are left besides 1. Where the row then opens a cell, minus once, ' +
      'its initial value has a negative tag, which no row sends or takes; where it does not, it says nothing but a refresh.',
  },
  {
    name: 'words have two fields',
    of: is('boundary', 'word: no time'),
    argument: 'the third field of `WORD` is 0 in every image, so no other tuple is there to be looked up.',
  },
  {
    name: 'a sign by two equations',
    of: is('memx', 'sign is a bit'),
    argument:
      'the sign is 0 unless the load is signed, and then both the top bits of the slot and the top byte of what is loaded say it: ' +
      'of all bytes and words that there are, only 0 and 1 satisfy both.',
  },
];
