import assert from 'node:assert/strict';
import { type ErrorCode, isWattestError } from '../../sdk/src/errors/index.ts';
import { decodeModule, type Module, validateModule } from '../../sdk/src/wasm/index.ts';

export const HEADER: readonly number[] = [0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00];

/** A module of raw sections after the header. */
export function raw(...sections: readonly (readonly number[])[]): Uint8Array<ArrayBuffer> {
  return Uint8Array.from([...HEADER, ...sections.flat()]);
}

export function load(bytes: Uint8Array): Module {
  const module = decodeModule(bytes);
  validateModule(module);
  return module;
}

/** Asserts that `action` throws this WattestError, with all of `parts` in its message. */
export function refuses(action: () => unknown, code: ErrorCode, ...parts: readonly string[]): void {
  assert.throws(action, (error: unknown) => {
    assert.ok(isWattestError(error), `not a WattestError: ${error}`);
    assert.equal(error.code, code, error.message);
    for (const part of parts)
      assert.ok(error.message.includes(part), `"${part}" is not in "${error.message}"`);
    assert.ok(error.fix.length > 10);
    return true;
  });
}

/** What decoding and validating says: 'valid' or the error code. Anything but a WattestError is a failure. */
export function verdict(bytes: Uint8Array): string {
  try {
    load(bytes);
    return 'valid';
  } catch (error) {
    if (isWattestError(error)) return error.code;
    throw error;
  }
}

/** A seeded generator of integers below `bound` (xorshift32). */
export function seeded(seed: number): (bound: number) => number {
  let state = seed | 0 || 1;
  return (bound) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % bound;
  };
}
