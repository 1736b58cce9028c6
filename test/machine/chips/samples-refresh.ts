/** A run with a refresh, which short runs do not have. */
import * as T from '../../../sdk/src/machine/tags.ts';
import { type Run, withCells } from './harness.ts';
import { CHIPS, Ledger } from './mutation-ledger.ts';
import { controlRun } from './samples.ts';

/** The control run with a refresh of some cell, in a row of `boundary` that was padding. */
export function refreshRun(): { readonly run: Run; readonly row: number } {
  const honest = controlRun();
  const ledger = new Ledger(honest);
  const boundary = CHIPS.find(({ chip }) => chip.name === 'boundary')!;
  const padding = ledger.seats.findLast(({ chip }) => chip === boundary)!;
  for (const seat of ledger.seats) {
    const { interactions, name } = seat.chip.chip;
    for (const [i, act] of ledger.acts(seat).entries()) {
      const time = interactions[i]!.tuple[2];
      if (act?.tuple[0] !== BigInt(T.MEM.code) || interactions[i]!.sign === 1 || time?.op !== 'column')
        continue;
      const [, key, before, value] = act.tuple as [bigint, bigint, bigint, bigint];
      const now = ledger.acts(seat)[i + 1]?.tuple[2];
      if (now === undefined || now - before < 10n) continue;
      const sentTs = before + 5n;
      const refresh = { key, receivedTs: before, received: value, sentTs, sent: value, refresh: 1n, r0: 4n };
      const moved = withCells(honest.witness, name, seat.row, { [time.column.name]: sentTs });
      const witness = withCells(moved, 'boundary', padding.row, refresh);
      return { run: { ...honest, witness }, row: padding.row };
    }
  }
  throw new Error('no access long after another');
}
