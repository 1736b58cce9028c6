/** Expressions as people write them: for the printed reference and for the row checker's messages. */
import { Fr } from '../field/field.ts';
import type { Expression } from './expression.ts';

const PRECEDENCE = { add: 1, sub: 1, mul: 2 } as const;
const SIGN = { add: ' + ', sub: ' − ', mul: '·' } as const;

/**
 * `name` prints a column leaf. Constants above r/2 print as negative numbers, powers of two from 2^16 on as `2^k`.
 */
export function printExpression<C>(e: Expression<C>, name: (column: C) => string): string {
  const print = (node: Expression<C>, outer: number): string => {
    switch (node.op) {
      case 'constant':
        return printConstant(node.value);
      case 'column':
        return name(node.column);
      case 'challenge':
        return node.name;
      default: {
        const own = PRECEDENCE[node.op];
        // Left-associative: a right operand of equal precedence needs brackets only behind a minus.
        const right = print(node.right, node.op === 'sub' ? own + 1 : own);
        const text =
          node.op === 'sub' && node.left.op === 'constant' && Fr.from(node.left.value) === 0n
            ? `−${print(node.right, 2)}`
            : `${print(node.left, own)}${SIGN[node.op]}${right}`;
        return own < outer ? `(${text})` : text;
      }
    }
  };
  return print(e, 0);
}

/** A field element as a signed integer near zero, so that −1 is not a 77-digit number. */
export function printConstant(value: bigint): string {
  const canonical = Fr.from(value);
  const negative = canonical > Fr.modulus >> 1n;
  const magnitude = negative ? Fr.modulus - canonical : canonical;
  const digits = magnitude.toString(2);
  const text = digits.length > 16 && /^10*$/.test(digits) ? `2^${digits.length - 1}` : magnitude.toString();
  return negative ? `−${text}` : text;
}
