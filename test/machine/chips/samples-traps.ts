/** A run for each way in which a row proves a trap. */
import * as I from '../../../sdk/src/machine/instructions.ts';
import { PAGE_BYTES } from '../../../sdk/src/machine/memory-map.ts';
import type { ProvenTrap } from '../../../sdk/src/machine/program.ts';
import { assemble, type Line, type Run, run } from './harness.ts';

export interface TrapRun {
  readonly name: string;
  readonly trap: ProvenTrap;
  readonly make: () => Run;
}

const U32 = 0xffff_ffff;
/** Every opcode that accesses the memory, with its flags. */
export const ACCESSING: readonly (readonly [info: I.OpcodeInfo, flags: number])[] = [
  ...[I.LOAD8, I.LOAD16, I.LOAD32].flatMap((info) =>
    [0, I.SIGNED | I.WIDE].map((flags) => [info, flags] as const),
  ),
  [I.LOAD8, I.SIGNED],
  [I.LOAD16, I.SIGNED],
  [I.LOAD64, 0],
  [I.STORE8, 0],
  [I.STORE16, 0],
  [I.STORE32, 0],
  [I.STORE32, I.WIDE],
  [I.STORE64, 0],
];

/** Writes an output, then accesses `address + offset` of a memory of `pages` pages. */
export function accessRun(
  [info, flags]: readonly [I.OpcodeInfo, number],
  address: number,
  offset: number,
  pages = 1,
): Run {
  const lines: Line[] = [
    [I.CONST, 0, 0, 0, address],
    [I.CONST, 0, 1, 0, 0xf1e2_d3c4_b5a6_9788n],
    [I.WRITE, 0, 0],
    [info, flags, 1, 0, offset],
    [I.WRITE, 0, 1],
  ];
  return run(assemble(lines, { pages }), { publicInputs: [5n, 6n] });
}

/** `calli` of type 4 on a reference; 1 is of type 4, 2 of type 9, 3 of type 2^16 − 1. */
export function indirectRun(reference: number, type = 4): Run {
  const lines: Line[] = [
    [I.CONST, 0, 0, 0, reference],
    [I.CALL_INDIRECT, 0, 0, 8, type],
    [I.LEAVE, 0, 8],
    [I.EXIT_, 0, 0],
    [I.RETURN, 0, 2],
  ];
  const functions = [4, 9, 0xffff].map((other, i) => ({ id: i + 1, type: other, pc: 5, returnSlot: 2 }));
  return run(assemble(lines, { functions }), { publicInputs: [5n] });
}

/** Calls itself, with frames of `slots` slots, until the stack is exhausted. */
export function deepRun(indirect: boolean, slots: number = 1 << 15): Run {
  const lines: Line[] = [
    [I.CONST, 0, 0, 0, 1],
    indirect ? [I.CALL_INDIRECT, 0, 0, slots, 4] : [I.CALL, 0, 1, slots, 1],
    [I.LEAVE, 0, slots],
    [I.RETURN, 0, 1],
  ];
  return run(assemble(lines, { functions: [{ id: 1, type: 4, pc: 1, returnSlot: 1 }], wholeStack: true }));
}

/** Reads so many words, where there is one. */
export function readRun(words: number, flags: number): Run {
  const lines: Line[] = Array.from({ length: words }, (): Line => [I.READ, flags, 0]);
  return run(assemble([...lines, [I.DRAIN, 0, 0]]), { publicInputs: [5n] });
}

export function trapRuns(): TrapRun[] {
  const outside = (name: string, address: number, offset: number, pages = 1): TrapRun[] =>
    ACCESSING.map((access) => ({
      name: `${access[0].name}+${access[1].toString(16)} ${name}`,
      trap: 'memoryOutOfBounds',
      make: () => accessRun(access, address, offset, pages),
    }));
  return [
    ...outside('at the first byte behind the memory', PAGE_BYTES, 0),
    ...outside('by the offset, not aligned', PAGE_BYTES - 5, 6),
    ...outside('beyond 2^32', U32, 0xfff_ffff),
    ...outside('of no memory', 0, 0, 0),
    ...outside('of 4 pages, far', 0x8000_0001, 2, 4),
    ...ACCESSING.filter(([info]) => (info.code & 3) > 0).map(
      (access): TrapRun => ({
        name: `${access[0].name}+${access[1].toString(16)} by its last byte`,
        trap: 'memoryOutOfBounds',
        make: () => accessRun(access, PAGE_BYTES + 1 - (1 << (access[0].code & 3)), 0),
      }),
    ),
    { name: 'calli of null', trap: 'uninitialisedElement', make: () => indirectRun(0) },
    { name: 'calli of a larger type', trap: 'indirectTypeMismatch', make: () => indirectRun(2) },
    { name: 'calli of a smaller type', trap: 'indirectTypeMismatch', make: () => indirectRun(1, 9) },
    { name: 'calli of the largest type', trap: 'indirectTypeMismatch', make: () => indirectRun(3, 0) },
    { name: 'calli of the least type', trap: 'indirectTypeMismatch', make: () => indirectRun(1, 0xffff) },
    { name: 'call without stack', trap: 'stackExhausted', make: () => deepRun(false) },
    { name: 'calli without stack', trap: 'stackExhausted', make: () => deepRun(true) },
    { name: 'read of a 32-bit word', trap: 'inputExhausted', make: () => readRun(2, 0) },
    { name: 'read of a word', trap: 'inputExhausted', make: () => readRun(2, I.WIDE) },
  ];
}
