/** Numbers of the JavaScript API as the bits that the machine has, and back. */
import type { NumberType } from '../../../sdk/src/wasm/types.ts';

const view = new DataView(new ArrayBuffer(8));

/** What is passed to the engine for a word. */
export function toEngine(word: bigint, type: NumberType): number | bigint {
  if (type === 'i32') return Number(BigInt.asIntN(32, word));
  if (type === 'i64') return BigInt.asIntN(64, word);
  view.setBigUint64(0, word);
  return type === 'f64' ? view.getFloat64(0) : view.getFloat32(4);
}

/** The word of what the engine gave. The specification leaves the bits of a NaN open: all have one word here. */
export function fromEngine(value: number | bigint, type: NumberType): bigint {
  if (type === 'i32' || type === 'i64') return BigInt.asUintN(type === 'i32' ? 32 : 64, BigInt(value));
  if (Number.isNaN(value)) return canonicalNaN(type);
  if (type === 'f64') view.setFloat64(0, Number(value));
  else view.setBigUint64(0, 0n);
  if (type === 'f32') view.setFloat32(4, Number(value));
  return view.getBigUint64(0);
}

/** A word with one NaN for all. */
export function normalised(word: bigint, type: NumberType): bigint {
  return fromEngine(toEngine(word, type), type);
}

function canonicalNaN(type: 'f32' | 'f64'): bigint {
  return type === 'f32' ? 0x7fc0_0000n : 0x7ff8_0000_0000_0000n;
}
