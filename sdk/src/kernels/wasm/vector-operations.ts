/** Handles, host access and row-wise operations of the engine. */
import { Fr } from '../../field/field.ts';
import { ELEMENT_BYTES, GROUP_BYTES } from '../../field/limbs.ts';
import { checkAccumulate, checkLength, checkRange, checkSame } from '../checks.ts';
import type { Engine } from '../contract.ts';
import { type KernelCore, readElement, runRows, withScratch, writeElement, writeScalars } from './core.ts';
import { asInts, asPoints, asSum, asTarget, asVector, WasmInts, WasmVector } from './handles.ts';
import { ACCUMULATE_ENTRY_BYTES } from './vectors-emitter.ts';

type VectorOperations = Pick<
  Engine,
  | 'vector'
  | 'ints'
  | 'free'
  | 'words'
  | 'write'
  | 'read'
  | 'addAt'
  | 'toField'
  | 'copy'
  | 'accumulateMany'
  | 'scale'
>;

interface Term {
  readonly src: WasmVector;
  readonly scalar: bigint;
}

/** Terms of one length in fours, filled up by zeros; a single one that is left stays alone. */
function fours(terms: readonly Term[]): Term[][] {
  const entries: Term[][] = [];
  for (const groups of new Set(terms.map(({ src }) => src.groups))) {
    const same = terms.filter(({ src }) => src.groups === groups);
    for (let at = 0; at < same.length; at += 4) {
      const entry = same.slice(at, at + 4);
      while (entry.length > 1 && entry.length < 4) entry.push({ src: entry[0].src, scalar: 0n });
      entries.push(entry);
    }
  }
  return entries;
}

export function vectorOperations(core: KernelCore): VectorOperations {
  const { memory } = core;

  return {
    vector(length) {
      checkLength(length);
      const { address, clear } = memory.allocateToClear(GROUP_BYTES * Math.ceil(length / 4));
      return new WasmVector(address, length, clear);
    },
    ints(length, words) {
      checkLength(length);
      return new WasmInts(memory.allocateZeroed(16 * words * Math.ceil(length / 4)), length, words);
    },
    free(...handles) {
      for (const handle of handles) {
        const own =
          handle.kind === 'vector'
            ? asTarget(handle)
            : handle.kind === 'ints'
              ? asInts(handle)
              : asPoints(handle);
        memory.free(own.address);
        own.address = 0;
      }
    },

    words(column) {
      const { address, length, words } = asInts(column);
      return memory.u32.subarray(address / 4, address / 4 + length * words);
    },
    write(vector, at, values) {
      checkRange('write', vector, at, values.length);
      const { address } = asVector(vector);
      values.forEach((value, i) => {
        writeElement(core, address, at + i, Fr.from(value));
      });
    },
    read(vector, at, count) {
      checkRange('read', vector, at, count);
      const { address } = asVector(vector);
      return Array.from({ length: count }, (_, i) => readElement(core, address, at + i));
    },
    addAt(vector, at, values) {
      checkRange('addAt', vector, at, values.length);
      const { address } = asVector(vector);
      values.forEach((value, i) => {
        const old = readElement(core, address, at + i);
        writeElement(core, address, at + i, Fr.from(old + value));
      });
    },

    async toField(dst, src) {
      checkSame('toField', dst, src);
      const [d, s] = [asTarget(dst), asInts(src)];
      await runRows(core, s.words === 1 ? 'ints32.task' : 'ints64.task', [d.address, s.address, 0], d.groups);
    },
    async copy(dst, src) {
      checkSame('copy', dst, src);
      const s = asVector(src);
      const d = asTarget(dst);
      await runRows(core, 'copy.task', [d.address, s.address, 0], d.groups);
    },
    async accumulateMany(dst, srcs, scalars, offset = 0) {
      checkAccumulate(dst, srcs, scalars, offset);
      const ss = srcs.map(asVector);
      // What does not begin at the beginning leaves something before it.
      const { vector: d, fresh } = offset === 0 ? asSum(dst) : { vector: asVector(dst), fresh: false };
      const entries = fours(ss.map((src, k) => ({ src, scalar: Fr.from(scalars[k]) })));
      const tableBytes = ACCUMULATE_ENTRY_BYTES * entries.length;
      await withScratch(core, tableBytes + 4 * ELEMENT_BYTES * entries.length, async (table) => {
        const values = table + tableBytes;
        entries.forEach((terms, k) => {
          const addresses = [0, 1, 2, 3].map((i) => terms[i]?.src.address ?? 0);
          const own = values + 4 * ELEMENT_BYTES * k;
          writeScalars(
            core,
            own,
            terms.map(({ scalar }) => scalar),
          );
          memory.u32.set([...addresses, terms[0].src.groups, own], (table + ACCUMULATE_ENTRY_BYTES * k) / 4);
        });
        const groups = fresh ? d.groups : Math.max(0, ...ss.map((src) => src.groups));
        const address = d.address + ELEMENT_BYTES * offset;
        const task = fresh ? 'sum.task' : 'accumulate.task';
        await runRows(core, task, [address, table, entries.length], groups);
      });
    },
    async scale(vector, scalar) {
      const { address, groups } = asVector(vector);
      await withScratch(core, 40, async (value) => {
        writeScalars(core, value, [Fr.from(scalar)]);
        await runRows(core, 'scale.task', [address, address, value], groups);
      });
    },
  };
}
