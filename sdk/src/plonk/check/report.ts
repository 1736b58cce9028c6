/** What the row checker finds: false rows and unbalanced tuples, with names for everything, and in words. */
import { printConstant } from '../../expr/print.ts';

export interface Cell {
  readonly name: string;
  readonly value: bigint;
}

export interface ConstraintFailure {
  readonly kind: 'constraint';
  readonly chip: string;
  readonly row: number;
  readonly constraint: string;
  /** The constraint as declared, and what it came to instead of zero. */
  readonly expression: string;
  readonly value: bigint;
  /** The cells that the constraint reads. */
  readonly cells: readonly Cell[];
  readonly location?: string;
}

/** Someone who sent (+) or received (−) a tuple. */
export interface Party {
  /** Chip, or `public`. */
  readonly chip: string;
  /** −1 for a public term. */
  readonly row: number;
  readonly interaction: string;
  /** Signed. */
  readonly multiplicity: bigint;
  readonly location?: string;
}

export interface BusFailure {
  readonly kind: 'bus';
  /** Name of the tag, or its code where no tag has it. */
  readonly tag: string;
  readonly fields: readonly Cell[];
  /** Sent minus received, in the field, as an integer near zero. */
  readonly balance: bigint;
  /** The first few. */
  readonly parties: readonly Party[];
}

export type CheckFailure = ConstraintFailure | BusFailure;

export interface CheckReport {
  readonly ok: boolean;
  /** Rows looked at, padding included, and tuples on the bus. */
  readonly rows: number;
  readonly tuples: number;
  readonly failures: readonly CheckFailure[];
  /** Failures that are not described: beyond the limit, or more rows of the same constraint. */
  readonly more: number;
}

/** A failure in a few lines for people. */
export function formatFailure(failure: CheckFailure): string {
  const cells = (list: readonly Cell[]): string =>
    list.map((c) => `${c.name} = ${printConstant(c.value)}`).join(', ');
  const at = (location?: string): string => (location === undefined ? '' : ` (${location})`);
  if (failure.kind === 'constraint') {
    const { chip, row, constraint, expression, value, location } = failure;
    return (
      `${chip}, row ${row}${at(location)}: "${constraint}" does not hold\n` +
      `  ${expression} = ${printConstant(value)}, with ${cells(failure.cells)}`
    );
  }
  const { tag, fields, balance, parties } = failure;
  const times =
    balance > 0n ? `sent ${balance} times more than received` : `received ${-balance} times more than sent`;
  const lines = parties.map(({ chip, row, interaction, multiplicity, location }) => {
    const verb = multiplicity > 0n ? 'sent' : 'received';
    const often =
      multiplicity === 1n || multiplicity === -1n
        ? ''
        : ` ${multiplicity > 0n ? multiplicity : -multiplicity}×`;
    const who =
      row < 0 ? `the statement (${interaction})` : `${chip}, row ${row}, "${interaction}"${at(location)}`;
    return `\n  ${verb}${often} by ${who}`;
  });
  return `${tag}(${cells(fields)}) is ${times}${lines.join('')}`;
}
