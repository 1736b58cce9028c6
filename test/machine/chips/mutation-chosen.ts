/** Which rows of honest runs are worth changing. */
import * as T from '../../../sdk/src/machine/tags.ts';
import { CHIPS, type Ledger, opcodeOf, type Seat } from './mutation-ledger.ts';
import { columnsOf } from './rows.ts';

/**
 * Rows of one opcode that act differently: by selectors, by which interactions happen and, told apart finely, by every bit
 * that decides about one.
 */
function kindOf(ledger: Ledger, seat: Seat, fine: boolean): string {
  const { interactions, main, name } = seat.chip.chip;
  const cells = ledger.cells(seat);
  const selecting = interactions.filter(
    ({ tags }) => fine || tags.includes(T.INSTR) || tags.includes(T.CHAIN),
  );
  const columns = new Set(selecting.flatMap(({ multiplicity }) => [...columnsOf(multiplicity)]));
  const bits = main.filter((column) => column.range === 'bit' && columns.has(column));
  const acting = ledger.acts(seat).map((act) => (act === undefined ? 0 : 1));
  return `${name} ${opcodeOf(seat.chip, cells)} ${bits.map(({ index }) => cells[index]).join('')} ${acting.join('')}`;
}

export interface Chosen {
  readonly ledger: Ledger;
  readonly seat: Seat;
}

/** `each` rows of each kind from all runs, and for each bit that is 1 in none of them one in which it is. */
export function chosen(ledgers: readonly Ledger[], each: number, fine: boolean): Chosen[] {
  const kinds = new Map<string, Chosen[]>();
  for (const ledger of ledgers) {
    for (const seat of ledger.seats) {
      const kind = kindOf(ledger, seat, fine);
      const list = kinds.get(kind) ?? [];
      if (list.length < each) kinds.set(kind, [...list, { ledger, seat }]);
    }
  }
  const list = [...kinds.values()].flat();
  for (const { chip } of CHIPS) {
    for (const { index } of chip.main.filter(({ range }) => range === 'bit')) {
      const isMet = ({ ledger, seat }: Chosen): boolean =>
        seat.chip.chip === chip && ledger.cells(seat)[index] === 1n;
      if (list.some(isMet)) continue;
      const all = ledgers.flatMap((ledger) => ledger.seats.map((seat): Chosen => ({ ledger, seat })));
      list.push(...all.filter(isMet).slice(0, 1));
    }
  }
  return list;
}
