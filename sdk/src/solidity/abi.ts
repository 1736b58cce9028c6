/** The part of the contract ABI that calls of the contracts need: words, bytes and tuples of them. */
import { keccak_256 } from '@noble/hashes/sha3.js';
import { bytesToHex, hexToBytes, utf8ToBytes } from '@noble/hashes/utils.js';
import type { Hex } from '../plonk/keys/key.ts';
import { joined, word } from '../transcript/encode.ts';

/** An argument: a word of 32 bytes in place, or what lies behind an offset. */
export type AbiPart = Uint8Array | { readonly tail: Uint8Array };

/** Arguments of a call, or members of a tuple: words and offsets, then what the offsets point to. */
export function abiTuple(...parts: readonly AbiPart[]): Uint8Array {
  let offset = 32 * parts.length;
  const tails: Uint8Array[] = [];
  const heads = parts.map((part) => {
    if (part instanceof Uint8Array) return part;
    const head = word(offset);
    tails.push(part.tail);
    offset += part.tail.length;
    return head;
  });
  return joined([...heads, ...tails]);
}

/** `bytes`: length, contents, zeros up to a whole word. */
export function abiBytes(text: Hex): AbiPart {
  const bytes = hexToBytes(text.slice(2));
  return { tail: joined([word(bytes.length), bytes, new Uint8Array(-bytes.length & 31)]) };
}

/** An array of what lies behind offsets itself. */
export function abiArray(items: readonly AbiPart[]): AbiPart {
  return { tail: joined([word(items.length), abiTuple(...items)]) };
}

/** A number, an address or a `bytes32` from its hexadecimal digits. */
export function abiWord(text: Hex): Uint8Array {
  return word(BigInt(text));
}

/** Words behind each other, without 0x: what a constructor is given, behind its initcode. */
export function abiDigits(words: readonly Hex[]): string {
  return words.map((one) => bytesToHex(abiWord(one))).join('');
}

/** A `bytes4`, which stands at the head of its word. */
export function abiSelectorWord(text: Hex): Uint8Array {
  return abiWord(`0x${text.slice(2).padEnd(64, '0')}`);
}

/** Hash of `Name(type,…)`: the first topic of an event. */
export function abiTopic(signature: string): Hex {
  return `0x${bytesToHex(keccak_256(utf8ToBytes(signature)))}`;
}

/** The first four bytes of that: what a call or the data of a custom error begins with. */
export function abiSelector(signature: string): Hex {
  return abiTopic(signature).slice(0, 10) as Hex;
}

/** Calldata. */
export function abiCall(signature: string, ...parts: readonly AbiPart[]): Hex {
  return `${abiSelector(signature)}${bytesToHex(abiTuple(...parts))}`;
}

/** The first `count` words of what a call returned; undefined where it is shorter. */
export function abiWords(returned: Hex, count: number): readonly Hex[] | undefined {
  if (!/^0x[\da-f]*$/i.test(returned) || returned.length < 2 + 64 * count) return undefined;
  return Array.from(
    { length: count },
    (_, i): Hex => `0x${returned.slice(2 + 64 * i, 66 + 64 * i).toLowerCase()}`,
  );
}

/** The `bytes` that word `at` of what was returned points to; undefined where they are not all there. */
export function abiBytesAt(returned: Hex, at: number): Hex | undefined {
  const offset = Number(BigInt(abiWords(returned, at + 1)?.[at] ?? -1n));
  const from = 2 + 2 * offset;
  const length = abiWords(`0x${returned.slice(from)}`, 1)?.[0];
  if (offset < 0 || length === undefined) return undefined;
  const to = from + 64 + 2 * Number(BigInt(length));
  return to <= returned.length ? `0x${returned.slice(from + 64, to).toLowerCase()}` : undefined;
}

/** The address in a word; undefined where there is something above its 20 bytes. In the mixed case of ERC-55. */
export function abiAddress(returned: Hex): Hex | undefined {
  return returned.startsWith(`0x${'0'.repeat(24)}`) ? checksumAddress(`0x${returned.slice(26)}`) : undefined;
}

/** Whether two are the same bytes: addresses come in mixed case, and so may anything that a node or a user writes. */
export function isSameHex(a: string, b: string): boolean {
  return a.toLowerCase() === b.toLowerCase();
}

/** ERC-55: a letter is a capital where the nibble of the hash of the lower-case text is 8 or more. */
export function checksumAddress(address: Hex): Hex {
  const digits = address.slice(2).toLowerCase();
  const hash = bytesToHex(keccak_256(utf8ToBytes(digits)));
  return `0x${digits.replace(/[a-f]/g, (letter, i: number) => (hash[i]! >= '8' ? letter.toUpperCase() : letter))}`;
}
