/** What programs made by AssemblyScript log: strings of its own kind, and numbers. Nothing of it is part of a proof. */
import { formatFloat } from '../../wasm/floats.ts';

/** Bytes of a string that are shown. */
const MAX_SHOWN = 1 << 16;

/**
 * A line as UTF-8.
 * @param address of a string: UTF-16, its length in bytes in the four bytes before it; what is out of bounds is shown as nothing
 * @param count how many of the numbers belong to it
 */
export function logLine(
  memory: Uint8Array,
  address: bigint,
  count: bigint,
  numbers: readonly bigint[],
): Uint8Array {
  const shown = numbers
    .slice(0, Number(BigInt.asIntN(32, count)) < 0 ? 0 : Number(count))
    .map((word) => formatFloat(word, 'f64'));
  const text = stringAt(memory, Number(address));
  return new TextEncoder().encode(`${text}${shown.length > 0 ? ` ${shown.join(', ')}` : ''}\n`);
}

function stringAt(memory: Uint8Array, address: number): string {
  if (address < 4 || address > memory.length) return '';
  const view = new DataView(memory.buffer, memory.byteOffset, memory.length);
  const length = Math.min(view.getUint32(address - 4, true), MAX_SHOWN);
  if (address + length > memory.length) return '';
  return new TextDecoder('utf-16le', { ignoreBOM: true }).decode(
    memory.slice(address, address + (length & ~1)),
  );
}
