/** Operations of SMT-LIB's bit-vectors on words, as text. */
import { extend, literal, type Word } from './solver.ts';

/** What the program counter between the rows of a two-row instruction has above pc. */
export const BETWEEN: bigint = 1n << 32n;

/** Sums of keys, immediates and offsets are done in this many bits; none reaches them. */
const WORK = 72;

export const apply = (operation: string, ...words: readonly Word[]): Word => {
  const { width } = words[0]!;
  if (words.some((word) => word.width !== width)) throw new RangeError(`${operation}: mixed widths`);
  return { text: `(${operation} ${words.map(({ text }) => text).join(' ')})`, width };
};
export const big = (word: Word): Word => extend(word, WORK);
export const number = (value: bigint | number): Word => literal(value, WORK);
export const sum = (...words: readonly Word[]): Word => apply('bvadd', ...words.map(big));
export const bits = (word: Word, from: number, count: number): Word => ({
  text: `((_ extract ${from + count - 1} ${from}) ${word.text})`,
  width: count,
});
export const signExtend = (word: Word, width: number): Word => ({
  text: `((_ sign_extend ${width - word.width}) ${word.text})`,
  width,
});
export const equal = (a: Word, b: Word): string => apply('=', a, b).text;
export const less = (a: Word, b: Word): string => apply('bvult', a, b).text;
export const either = (condition: string, yes: Word, no: Word): Word => ({
  text: `(ite ${condition} ${yes.text} ${no.text})`,
  width: yes.width,
});
export const any = (conditions: readonly string[]): string =>
  conditions.length === 0 ? 'false' : `(or ${conditions.join(' ')} false)`;
export const isZero = (word: Word): string => equal(word, literal(0, word.width));
