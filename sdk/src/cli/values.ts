/** Values of options as they are written: addresses, numbers of 32 bytes, times. */
import { InvalidArgumentError } from 'commander';
import type { Hex } from '../plonk/keys/key.ts';
import { checksumAddress } from '../solidity/abi.ts';

/** @throws InvalidArgumentError */
export function addressOf(text: string): Hex {
  if (!/^0x[\da-f]{40}$/i.test(text))
    throw new InvalidArgumentError('It is not an address: 0x and 40 digits');
  if (/[a-f]/.test(text) && /[A-F]/.test(text) && checksumAddress(text as Hex) !== text)
    throw new InvalidArgumentError('Its capitals do not fit its digits (ERC-55): it was mistyped');
  return text as Hex;
}

/** @throws InvalidArgumentError */
export function addressesOf(text: string): readonly Hex[] {
  return text.split(',').map(addressOf);
}

/** 32 bytes of a number. */
export function saltOf(text: string): Hex {
  if (!/^(?:0x[\da-f]{1,64}|\d{1,77})$/i.test(text) || BigInt(text) >> 256n !== 0n)
    throw new InvalidArgumentError('It is not a number of 32 bytes, decimal or after 0x');
  return `0x${BigInt(text).toString(16).padStart(64, '0')}`;
}

const UNITS: Readonly<Record<string, number>> = { '': 1, s: 1, m: 60, h: 3600, d: 86_400 };

/** `2d` in seconds. @throws InvalidArgumentError */
export function secondsOf(text: string): number {
  const [, count, unit] = /^(\d{1,9})([smhd]?)$/.exec(text) ?? [];
  if (count === undefined || Number(count) === 0)
    throw new InvalidArgumentError('It is not a time such as 2d, 12h, 90m or 3600');
  return Number(count) * UNITS[unit!]!;
}

/** 32 bytes. @throws InvalidArgumentError */
export function wordOf(text: string): Hex {
  if (!/^0x[\da-f]{64}$/i.test(text)) throw new InvalidArgumentError('It is not 0x and 64 digits');
  return text.toLowerCase() as Hex;
}
