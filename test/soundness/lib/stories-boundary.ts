/** Lies about what a cell holds at the start: of the lookups and constraints of the rows that open cells. */
import * as I from '../../../sdk/src/machine/instructions.ts';
import { MEMORY } from '../../../sdk/src/machine/memory-map.ts';
import { data, program } from './programs.ts';
import { edited, type Lie, openingOf, pcOf, rebalanced, type Story, tell, withCode } from './story.ts';

/** The load at `address` runs as one of the cell `from`, whose opening then says the key of the former. */
function openedAs(address: number, from: number, datas: ReturnType<typeof data>): Story {
  const honest = program(
    [
      ['local.get', 0],
      ['i32.load', 2, address],
    ],
    { datas },
  );
  const story = tell(
    honest,
    { args: [0n] },
    { executed: withCode(honest, [[pcOf(honest, I.LOAD32), { c: from }]]) },
  );
  const row = openingOf(story, MEMORY + from / 4);
  return rebalanced(edited(story, 'boundary', row, { key: MEMORY + address / 4 }));
}

const nine = data([9], 4);

export const BOUNDARY_LIES: readonly Lie[] = [
  {
    name: 'a cell opened with the value of another word',
    refused: ['boundary: word: key'],
    tell: () => openedAs(0, 4, [...data([7], 0), ...nine]),
    proven: true,
  },
  {
    name: 'a word opened as zero, from the region behind it',
    refused: ['RANGE16'],
    tell: () => openedAs(4, 8, nine),
  },
  {
    name: 'a word opened as zero, from the region before it',
    refused: ['RANGE16'],
    tell: () => openedAs(4, 0, nine),
  },
];
