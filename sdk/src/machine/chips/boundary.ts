/**
 * boundary: opens every touched cell with its initial value and closes it with its final one; restamps cells whose
 * next access would be too far away.
 *
 * Opening rows form one chain over the bus, from CHAIN_START to CHAIN_END, each step an integer in [1, 2^32]: so keys
 * are integers, strictly increasing, and no key opens twice (a cycle would need more rows than there are). The cell
 * CHAIN_END is a word of every image; no access can name it (see `MAX_OFFSET`), and its row ends the chain without showing a key.
 */

import { fail } from '../../errors/index.ts';
import { add, mul, sub } from '../../expr/expression.ts';
import { type Chip, ChipBuilder } from '../../plonk/declare/declare.ts';
import { SHARED_MIN_LOG } from '../../plonk/declare/shape.ts';
import { CELLS_PER_PAGE, CHAIN_END, MEMORY } from '../memory-map.ts';
import { CHAIN, MEM, RANGE16, WORD, ZERO } from '../tags.ts';
import {
  BOUNDARY_WORDS,
  type BoundaryTrace,
  REFRESH_WORDS,
  type RefreshTrace,
  type Trace,
} from '../trace.ts';
import { limb } from './adapter.ts';
import { copyWide, type FillContext } from './fill.ts';

function declare(): Chip {
  const chip = new ChipBuilder('boundary');
  const key = chip.column('key', 'bound', 1, 'the CHAIN; of a refresh, the MEM tuples');
  const sentTs = chip.column(
    'sentTs',
    'bound',
    1,
    'any time before the first access that suits its range check',
  );
  const sent = chip.column('sent', 'bound', 2, 'WORD or ZERO of the image; of a refresh, the value received');
  const receivedTs = chip.column('receivedTs', 'bound', 1, 'the MEM tuple received');
  const received = chip.column('received', 'bound', 2, 'the MEM tuple received');
  const lo = chip.column('lo', 'bound', 1, 'WORD: the key. ZERO: first cell of the region, by its lookup');
  const hi = chip.column('hi', 'bound', 2, 'WORD: the value. ZERO: last cell of the region, by its lookup');
  const regionTs = chip.column(
    'regionTs',
    'bound',
    1,
    'WORD: 0. ZERO: time from which the region is there, by its lookup',
  );
  const word = chip.column('word', 'bit', 1, 'selects cells that the image gives a value');
  const zero = chip.column('zero', 'bit', 1, 'selects cells of a zero region');
  const refresh = chip.column('refresh', 'bit', 1, 'selects refreshes');
  const opens = add(word, zero);
  const real = add(opens, refresh);
  chip.constrain('at most one selector', mul(real, sub(real, 1n)));
  const r0 = limb(chip, 'r0', real);
  const r1 = limb(chip, 'r1', real);
  const step = add(add(r0, mul(r1, 1n << 16n)), 1n);

  chip.send('cell opens', MEM, real, [key, sentTs, sent]);
  chip.receive('cell closes', MEM, real, [key, receivedTs, received]);
  chip.receive('key before', CHAIN, opens, [sub(key, step)]);
  chip.send('key', CHAIN, opens, [key]);

  chip.interactOneOf(
    'initial value',
    -1,
    [
      [WORD, word],
      [ZERO, zero],
    ],
    opens,
    [lo, hi, regionTs],
  );
  chip.constrain('word: key', mul(word, sub(lo, key)));
  chip.constrain('word: value', mul(word, sub(hi, sent)));
  chip.constrain('word: no time', mul(word, regionTs));
  chip.constrain('zero: value', mul(zero, sent));
  // A page that grew is there from the time of its row on (never 0): its cells open at that very time. The image's
  // regions have time 0 and may open any time.
  chip.constrain('zero: time', mul(zero, regionTs, sub(sentTs, regionTs)));
  chip.receive('key is in the region', RANGE16, zero, [sub(key, lo)]);
  chip.receive('region is around the key', RANGE16, zero, [sub(hi, key)]);

  // A refresh is an access that changes nothing, over up to 2^32 steps of time.
  chip.constrain('refresh: value', mul(refresh, sub(sent, received)));
  chip.constrain('refresh: time', mul(refresh, sub(sub(sentTs, receivedTs), step)));
  return chip.build({
    about:
      'Opens and closes every touched cell, in increasing order of keys; restamps cells between far accesses.',
    height: { from: 'proof', minLog: SHARED_MIN_LOG },
  });
}

/** Rows: the touched cells, the end of the chain if it is there, the refreshes. */
export function boundaryRows({
  boundary: { rows, ends },
  refresh,
}: {
  readonly boundary: Pick<BoundaryTrace, 'rows' | 'ends'>;
  readonly refresh: Pick<RefreshTrace, 'rows'>;
}): number {
  return rows + (ends ? 1 : 0) + refresh.rows;
}

/** How many cells open in the page of every `grow` row, by the time of that row. */
export function cellsInGrownPages({ rows, records }: BoundaryTrace): Map<number, number> {
  const grown = new Map<number, number>();
  for (let row = 0; row < rows; row++) {
    const grownAt = records[row * BOUNDARY_WORDS + 7]!;
    if (grownAt !== 0) grown.set(grownAt, (grown.get(grownAt) ?? 0) + 1);
  }
  return grown;
}

function fill(
  trace: Pick<Trace, 'boundary' | 'refresh'>,
  context: Pick<FillContext, 'cells' | 'uses' | 'image'>,
): void {
  const { cells, uses, image } = context;
  const [key, sentTs, sent] = [cells('key'), cells('sentTs'), cells('sent')];
  const [receivedTs, received] = [cells('receivedTs'), cells('received')];
  const [lo, hi, regionTs] = [cells('lo'), cells('hi'), cells('regionTs')];
  const [word, zero, refresh] = [cells('word'), cells('zero'), cells('refresh')];
  const [r0, r1] = [cells('r0'), cells('r1')];
  const step = (row: number, difference: number): void => {
    r0[row] = difference & 0xffff;
    r1[row] = difference >>> 16;
    uses.range16[r0[row]!]!++;
    uses.range16[r1[row]!]!++;
  };
  const opensAsWord = (row: number, at: number): void => {
    uses.image[image.wordsAt + at]!++;
    word[row] = 1;
    lo[row] = key[row]!;
    hi[2 * row] = sent[2 * row]!;
    hi[2 * row + 1] = sent[2 * row + 1]!;
  };

  // Keys, words and regions are all sorted: one walk over the three.
  let [nextWord, nextZero, row] = [0, 0, 0];
  let { before } = trace.boundary;
  const { records } = trace.boundary;
  for (let at = 0; row < trace.boundary.rows; row++, at += BOUNDARY_WORDS) {
    const here = records[at]!;
    key[row] = here;
    sentTs[row] = records[at + 1]!;
    copyWide(sent, row, records, at + 2);
    receivedTs[row] = records[at + 4]!;
    copyWide(received, row, records, at + 5);
    step(row, here - before - 1);
    before = here;
    while (nextWord < image.words.length && image.words[nextWord]! < here) nextWord++;
    while (nextZero < image.zeros.length && image.zeros[nextZero]!.hi < here) nextZero++;
    const grownAt = records[at + 7]!;
    if (image.words[nextWord] === here) {
      opensAsWord(row, nextWord);
      continue;
    }
    zero[row] = 1;
    if (grownAt !== 0) {
      regionTs[row] = grownAt;
      lo[row] = here - ((here - MEMORY) % CELLS_PER_PAGE);
      hi[2 * row] = lo[row]! + CELLS_PER_PAGE - 1;
    } else {
      const region = image.zeros[nextZero];
      if (region === undefined || region.lo > here) unknownCell(here);
      uses.image[image.zerosAt + nextZero]!++;
      lo[row] = region.lo;
      hi[2 * row] = region.hi;
    }
    uses.range16[here - lo[row]!]!++;
    uses.range16[hi[2 * row]! - here]!++;
  }

  if (trace.boundary.ends) {
    key[row] = CHAIN_END;
    step(row, CHAIN_END - before - 1);
    opensAsWord(row, image.words.length - 1);
    row++;
  }

  const restamped = trace.refresh.records;
  for (let i = 0, at = 0; i < trace.refresh.rows; i++, row++, at += REFRESH_WORDS) {
    key[row] = restamped[at]!;
    refresh[row] = 1;
    receivedTs[row] = restamped[at + 1]!;
    sentTs[row] = restamped[at + 2]!;
    copyWide(received, row, restamped, at + 3);
    copyWide(sent, row, restamped, at + 3);
    step(row, sentTs[row]! - receivedTs[row]! - 1);
  }
}

function unknownCell(key: number): never {
  fail('INTERNAL', 'the image does not supply a cell that the run touched', {
    where: `cell 0x${key.toString(16)}`,
    fix: 'Report this with the program',
  });
}

export const boundary: { readonly chip: Chip; readonly fill: typeof fill } = { chip: declare(), fill };
