/** Inversion, evaluation at a point, division by a linear polynomial, running and strided sums. */
import { Fr } from '../../field/field.ts';
import { GROUP_BYTES } from '../../field/limbs.ts';
import { checkSame, checkStride } from '../checks.ts';
import type { Engine } from '../contract.ts';
import {
  chunkSize,
  type KernelCore,
  readElement,
  withScratch,
  writeElement,
  writeScalars,
  zeroTail,
} from './core.ts';
import { asVector, type WasmVector } from './handles.ts';
import { HORNER_ENTRY_BYTES, HORNER_GROUPS, INVERT_CHUNK_GROUPS, SCALAR_BYTES } from './scans-emitter.ts';

/** Vectors with fewer groups are scanned on the host. */
const MIN_SCAN_GROUPS = 64;

type ScanOperations = Pick<
  Engine,
  'batchInvert' | 'evaluateAt' | 'divideByLinear' | 'prefixSum' | 'scatterAdd'
>;

/** Consecutive groups of a vector. */
interface Piece {
  readonly address: number;
  readonly groups: number;
}

export function scanOperations(core: KernelCore): ScanOperations {
  const { memory, pool } = core;

  /** `Σ_k v[k]·z^k` of each piece. */
  const horner = async (pieces: readonly Piece[], z: bigint): Promise<bigint[]> => {
    const first = [1n, z, Fr.pow(z, 2n), Fr.pow(z, 3n)];
    const resultBytes = GROUP_BYTES * pieces.length;
    const powersBytes = GROUP_BYTES * HORNER_GROUPS;
    const tableBytes = HORNER_ENTRY_BYTES * pieces.length;
    const bytes = resultBytes + powersBytes + GROUP_BYTES + 2 * SCALAR_BYTES + 16 + tableBytes;
    return withScratch(core, bytes, async (results) => {
      const powers = results + resultBytes;
      const start = powers + powersBytes;
      const scalars = start + GROUP_BYTES;
      const job = scalars + 2 * SCALAR_BYTES;
      const table = job + 16;
      const z4 = Fr.mul(first[3], z);
      first.forEach((power, lane) => {
        writeElement(core, start, lane, power);
      });
      writeScalars(core, scalars, [z4, Fr.pow(z4, BigInt(HORNER_GROUPS))]);
      memory.u32.set([powers, HORNER_GROUPS, start, scalars], job / 4);
      pieces.forEach(({ address, groups }, i) => {
        memory.u32.set([address, groups, results + GROUP_BYTES * i], (table + HORNER_ENTRY_BYTES * i) / 4);
      });
      await pool.run('powers.task', [job], 1);
      await pool.run('horner.task', [table, powers, scalars + SCALAR_BYTES], pieces.length);
      return pieces.map((_, i) =>
        [0, 1, 2, 3].reduce((sum, lane) => Fr.add(sum, readElement(core, results, 4 * i + lane)), 0n),
      );
    });
  };

  /**
   * Cuts the first groups of a vector into sections of `size` groups, four a chunk, as many as divide evenly; the rest
   * is the host's.
   */
  const sectionsOf = ({ length }: WasmVector): { chunks: number; size: number } => {
    // Whole groups only: a row beyond the length is not part of a sum.
    const groups = Math.floor(length / 4);
    if (groups < MIN_SCAN_GROUPS) return { chunks: 0, size: 0 };
    const chunks = Math.min(2 * pool.threads, Math.floor(groups / 16));
    return { chunks, size: Math.floor(groups / (4 * chunks)) };
  };

  /** Runs a scan over the sections, given the state each starts from. */
  const scan = async (
    task: string,
    [dst, src]: readonly [WasmVector, WasmVector],
    z: bigint,
    { chunks, size }: { chunks: number; size: number },
    states: readonly bigint[],
  ): Promise<void> => {
    if (chunks === 0) return;
    const stateBytes = GROUP_BYTES * chunks;
    await withScratch(core, stateBytes + SCALAR_BYTES, async (table) => {
      states.forEach((state, s) => {
        writeElement(core, table, s, state);
      });
      writeScalars(core, table + stateBytes, [z]);
      await pool.run(task, [dst.address, src.address, table + stateBytes, size, table], chunks);
    });
  };

  const sectionPieces = (
    { address }: WasmVector,
    { chunks, size }: { chunks: number; size: number },
  ): Piece[] =>
    Array.from({ length: 4 * chunks }, (_, s) => ({
      address: address + GROUP_BYTES * size * s,
      groups: size,
    }));

  return {
    async batchInvert(vector) {
      const handle = asVector(vector);
      const { address, length, groups } = handle;
      if (length === 0) return true;
      for (let i = length; i < 4 * groups; i++) writeElement(core, address, i, 1n);
      const size = chunkSize(core, groups, INVERT_CHUNK_GROUPS);
      const invertible = await withScratch(core, 8 + SCALAR_BYTES, async (one) => {
        const flag = one + SCALAR_BYTES;
        writeScalars(core, one, [1n]);
        memory.u32[flag / 4] = 0;
        await pool.run('invert.task', [address, flag, one, size, groups], Math.ceil(groups / size));
        return memory.u32[flag / 4] === 0;
      });
      zeroTail(core, handle);
      return invertible;
    },

    async evaluateAt(vectors, point) {
      const z = Fr.from(point);
      const handles = vectors.map(asVector);
      const total = handles.reduce((sum, { groups }) => sum + groups, 0);
      const size = Math.max(16, chunkSize(core, total, 2048));
      const owners: { vector: number; first: number }[] = [];
      const pieces: Piece[] = [];
      handles.forEach(({ address, groups }, vector) => {
        for (let first = 0; first < groups; first += size) {
          owners.push({ vector, first });
          pieces.push({ address: address + GROUP_BYTES * first, groups: Math.min(size, groups - first) });
        }
      });
      const values = await horner(pieces, z);
      const results = handles.map(() => 0n);
      const powers = new Map<number, bigint>();
      owners.forEach(({ vector, first }, i) => {
        const power = powers.get(first) ?? Fr.pow(z, BigInt(4 * first));
        powers.set(first, power);
        results[vector] = Fr.add(results[vector], Fr.mul(power, values[i]));
      });
      return results;
    },

    async divideByLinear(vector, point) {
      const z = Fr.from(point);
      const handle = asVector(vector);
      const sections = sectionsOf(handle);
      const rows = 4 * sections.size;
      // Rows above the sections first, on the host.
      let state = 0n;
      const hostRow = (k: number): void => {
        const coefficient = readElement(core, handle.address, k);
        writeElement(core, handle.address, k, state);
        state = Fr.add(Fr.mul(state, z), coefficient);
      };
      for (let k = handle.length - 1; k >= 4 * sections.chunks * rows; k--) hostRow(k);
      const values = await horner(sectionPieces(handle, sections), z);
      const power = Fr.pow(z, BigInt(rows));
      const states = new Array<bigint>(values.length);
      for (let s = values.length - 1; s >= 0; s--) {
        states[s] = state;
        state = Fr.add(Fr.mul(state, power), values[s]);
      }
      await scan('divide.task', [handle, handle], z, sections, states);
      return state;
    },

    async prefixSum(dst, src, step) {
      checkSame('prefixSum', dst, src);
      const [d, s] = [asVector(dst), asVector(src)];
      const add = Fr.from(step);
      const sections = sectionsOf(s);
      const rows = 4 * sections.size;
      const sums = await horner(sectionPieces(s, sections), 1n);
      let state = 0n;
      const states = sums.map((sum) => {
        const before = state;
        state = Fr.from(state + sum + BigInt(rows) * add);
        return before;
      });
      await scan('prefix.task', [d, s], add, sections, states);
      for (let i = 4 * sections.chunks * rows; i < s.length; i++) {
        const value = readElement(core, s.address, i);
        writeElement(core, d.address, i, state);
        state = Fr.from(state + value + add);
      }
      return state;
    },

    async scatterAdd(dst, offset, stride, src) {
      checkStride('scatterAdd', dst, offset, stride, src.length);
      const [d, s] = [asVector(dst), asVector(src)];
      const size = chunkSize(core, s.groups);
      const args = [d.address, s.address, offset, size, s.groups, stride, s.length];
      await pool.run('scatter.task', args, Math.ceil(s.groups / size));
    },
  };
}
