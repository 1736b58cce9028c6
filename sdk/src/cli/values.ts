/** Values of options as they are written: addresses, numbers of 32 bytes, times, amounts. */
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

/** In milliseconds. */
const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };
/** A hundred years: anything longer is mistyped, and has no date. */
const LONGEST = 36_500 * UNITS['d']!;

/** @param bare the unit of a number without one @throws InvalidArgumentError */
function timeOf(text: string, bare: 's' | 'ms'): number {
  const [, count, unit = bare] = /^(\d{1,15})(ms|[smhd])?$/.exec(text) ?? [];
  if (count === undefined)
    throw new InvalidArgumentError('It is not a time such as 2d, 12h, 90m, 30s or a number');
  const time = Number(count) * UNITS[unit]!;
  if (time > LONGEST) throw new InvalidArgumentError('It is longer than a hundred years');
  return time;
}

/** `2d` in seconds, at least one. @throws InvalidArgumentError */
export function secondsOf(text: string): number {
  const seconds = timeOf(text, 's') / UNITS['s']!;
  if (seconds === 0) throw new InvalidArgumentError('It is no time at all');
  if (!Number.isInteger(seconds)) throw new InvalidArgumentError('It is not whole seconds');
  return seconds;
}

/** `3s` in milliseconds. @throws InvalidArgumentError */
export function millisecondsOf(text: string): number {
  return timeOf(text, 'ms');
}

/** 32 bytes. @throws InvalidArgumentError */
export function wordOf(text: string): Hex {
  if (!/^0x[\da-f]{64}$/i.test(text)) throw new InvalidArgumentError('It is not 0x and 64 digits');
  return text.toLowerCase() as Hex;
}

/** `0.25` in wei. @throws InvalidArgumentError */
export function weiOf(text: string): bigint {
  const [, whole, fraction = ''] = /^(\d{1,12})(?:\.(\d{1,18}))?$/.exec(text) ?? [];
  if (whole === undefined) throw new InvalidArgumentError('It is not a number of ether such as 0.25');
  return BigInt(whole + fraction.padEnd(18, '0'));
}
