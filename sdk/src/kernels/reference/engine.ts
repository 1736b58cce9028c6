/**
 * The oracle: the whole contract on BigInt, as short as it can be. It is what the fast engine is tested against and
 * good enough to develop on at small sizes; nothing else should use it.
 */
import { addG1, G1_GENERATOR, isOnG1, multiExpG1, multiplyG1 } from '../../curve/g1.ts';
import { ADD, type FlatProgram, MUL } from '../../expr/program.ts';
import { Fq, Fr } from '../../field/field.ts';
import {
  checkAccumulate,
  checkFft,
  checkLength,
  checkMsm,
  checkPointBytes,
  checkProgram,
  checkRange,
  checkSame,
  checkStride,
  misuse,
} from '../checks.ts';
import type {
  AffinePoint,
  CompiledProgram,
  CoordinateForm,
  Engine,
  IntColumn,
  MsmPart,
  Points,
  Vector,
} from '../contract.ts';
import { fft } from './fft.ts';

class ReferenceVector implements Vector {
  readonly kind = 'vector';
  values: bigint[];
  constructor(values: bigint[]) {
    this.values = values;
  }
  get length(): number {
    return this.values.length;
  }
}

class ReferenceInts implements IntColumn {
  readonly kind = 'ints';
  readonly length: number;
  readonly words: 1 | 2;
  readonly data: Uint32Array;
  constructor(length: number, words: 1 | 2) {
    this.length = length;
    this.words = words;
    this.data = new Uint32Array(length * words);
  }
  value(i: number): bigint {
    return this.words === 1
      ? BigInt(this.data[i])
      : BigInt(this.data[2 * i]) + (BigInt(this.data[2 * i + 1]) << 32n);
  }
}

class ReferencePoints implements Points {
  readonly kind = 'points';
  points: AffinePoint[];
  constructor(points: AffinePoint[]) {
    this.points = points;
  }
  get length(): number {
    return this.points.length;
  }
}

const vec = (handle: Vector): bigint[] =>
  handle instanceof ReferenceVector ? handle.values : misuse('a vector of another engine');
const ints = (handle: IntColumn): ReferenceInts =>
  handle instanceof ReferenceInts ? handle : misuse('a column of another engine');
const pts = (handle: Points): ReferencePoints =>
  handle instanceof ReferencePoints ? handle : misuse('points of another engine');
const columnValues = (column: ReferenceInts): bigint[] =>
  Array.from({ length: column.length }, (_, i) => column.value(i));

const horner = (coefficients: readonly bigint[], point: bigint): bigint =>
  coefficients.reduceRight((sum, c) => Fr.add(Fr.mul(sum, point), c), 0n);

/** Multiplies coefficient k by `factor^k`, in place. */
function scalePowers(values: bigint[], factor: bigint): void {
  let power = 1n;
  for (let i = 0; i < values.length; i++) {
    values[i] = Fr.mul(values[i], power);
    power = Fr.mul(power, factor);
  }
}

async function sumProducts(parts: readonly MsmPart[]): Promise<AffinePoint> {
  checkMsm(parts);
  const bases: AffinePoint[] = [];
  const scalars: bigint[] = [];
  for (const part of parts) {
    const values = part.scalars.kind === 'vector' ? vec(part.scalars) : columnValues(ints(part.scalars));
    const { points } = pts(part.bases);
    values.forEach((value, k) => {
      bases.push(points[(part.offset ?? 0) + (part.stride ?? 1) * k]);
      scalars.push(value);
    });
  }
  return multiExpG1(bases, scalars);
}

export function createReferenceEngine(): Engine {
  let used = 0;
  let peak = 0;
  const account = (bytes: number): void => {
    used += bytes;
    peak = Math.max(peak, used);
  };
  const bytesOf = (handle: Vector | IntColumn | Points): number =>
    handle.kind === 'vector'
      ? 32 * handle.length
      : handle.kind === 'ints'
        ? 4 * handle.length * handle.words
        : 64 * handle.length;
  const accumulateMany: Engine['accumulateMany'] = async (dst, srcs, scalars, offset = 0) => {
    checkAccumulate(dst, srcs, scalars, offset);
    const d = vec(dst);
    srcs.forEach((src, k) => {
      vec(src).forEach((value, i) => {
        d[offset + i] = Fr.add(d[offset + i], Fr.mul(scalars[k], value));
      });
    });
  };
  const ifft = (values: bigint[]): bigint[] => {
    const scale = Fr.inv(BigInt(values.length));
    return fft(values, true).map((v) => Fr.mul(v, scale));
  };
  const makePoints = (points: AffinePoint[]): Points => {
    account(64 * points.length);
    return new ReferencePoints(points);
  };

  return {
    name: 'reference',
    threads: 1,
    memory: () => ({ used, peak }),
    times: () => ({ running: 0, busy: 0 }),

    vector(length) {
      checkLength(length);
      account(32 * length);
      return new ReferenceVector(new Array<bigint>(length).fill(0n));
    },
    ints(length, words) {
      checkLength(length);
      account(4 * length * words);
      return new ReferenceInts(length, words);
    },
    free(...handles) {
      for (const handle of handles) used -= bytesOf(handle);
    },

    words: (column) => ints(column).data,
    write(vector, at, values) {
      checkRange('write', vector, at, values.length);
      values.forEach((v, i) => {
        vec(vector)[at + i] = Fr.from(v);
      });
    },
    read(vector, at, count) {
      checkRange('read', vector, at, count);
      return vec(vector).slice(at, at + count);
    },
    addAt(vector, at, values) {
      checkRange('addAt', vector, at, values.length);
      const v = vec(vector);
      values.forEach((value, i) => {
        v[at + i] = Fr.from(v[at + i] + value);
      });
    },

    async toField(dst, src) {
      checkSame('toField', dst, src);
      columnValues(ints(src)).forEach((value, i) => {
        vec(dst)[i] = value;
      });
    },
    async copy(dst, src) {
      checkSame('copy', dst, src);
      vec(src).forEach((value, i) => {
        vec(dst)[i] = value;
      });
    },
    accumulateMany,
    async scatterAdd(dst, offset, stride, src) {
      checkStride('scatterAdd', dst, offset, stride, src.length);
      const d = vec(dst);
      vec(src).forEach((value, k) => {
        d[offset + stride * k] = Fr.add(d[offset + stride * k], value);
      });
    },
    async prefixSum(dst, src, step) {
      checkSame('prefixSum', dst, src);
      let sum = 0n;
      const s = [...vec(src)];
      s.forEach((value, i) => {
        vec(dst)[i] = sum;
        sum = Fr.from(sum + value + step);
      });
      return sum;
    },
    async batchInvert(vector) {
      const values = vec(vector);
      if (values.includes(0n)) return false;
      Fr.batchInv(values).forEach((inverse, i) => {
        values[i] = inverse;
      });
      return true;
    },
    async scale(vector, scalar) {
      const values = vec(vector);
      for (let i = 0; i < values.length; i++) values[i] = Fr.mul(values[i], Fr.from(scalar));
    },

    async interpolate(columns) {
      checkFft('interpolate', columns);
      for (const column of columns) (column as ReferenceVector).values = ifft(vec(column));
    },
    async cosetEvaluate(dst, src, shift, low) {
      checkFft('cosetEvaluate', [...dst, ...src]);
      if (dst.length !== src.length || low.length !== src.length)
        misuse('cosetEvaluate: numbers of columns differ');
      src.forEach((column, c) => {
        const coefficients = [...vec(column)];
        if (low[c].length > coefficients.length)
          misuse('cosetEvaluate: more low coefficients than the degree allows');
        low[c].forEach((value, k) => {
          coefficients[k] = Fr.from(coefficients[k] + value);
        });
        scalePowers(coefficients, shift);
        (dst[c] as ReferenceVector).values = fft(coefficients, false);
      });
    },
    async cosetInterpolate(columns, shift) {
      checkFft('cosetInterpolate', columns);
      for (const column of columns) {
        const coefficients = ifft(vec(column));
        scalePowers(coefficients, Fr.inv(shift));
        (column as ReferenceVector).values = coefficients;
      }
    },
    async evaluateAt(vectors, point) {
      return vectors.map((v) => horner(vec(v), point));
    },
    async divideByLinear(vector, point) {
      const values = vec(vector);
      let carry = 0n;
      for (let k = values.length - 1; k >= 0; k--) {
        const coefficient = values[k];
        values[k] = carry;
        carry = Fr.add(Fr.mul(carry, point), coefficient);
      }
      return carry;
    },

    compile: (program: FlatProgram): CompiledProgram => ({ kind: 'program', source: program }),
    async evaluate({ source }, inputs, challenges, outputs) {
      checkProgram(source, inputs, challenges, outputs);
      const n = outputs[0]?.length ?? 0;
      for (let row = 0; row < n; row++) {
        const nodes = [...inputs.map((v) => vec(v)[row]), ...challenges, ...source.constants];
        for (const [op, a, b] of source.operations) {
          nodes.push((op === ADD ? Fr.add : op === MUL ? Fr.mul : Fr.sub)(nodes[a], nodes[b]));
        }
        outputs.forEach((output, o) => {
          vec(output)[row] = nodes[source.outputs[o]];
        });
      }
    },

    msm: sumProducts,
    async msmMany(sums) {
      return Promise.all(sums.map(sumProducts));
    },
    async fixedBase(scalars) {
      return makePoints(vec(scalars).map((s) => multiplyG1(G1_GENERATOR, s)));
    },
    async groupInterpolate(points) {
      checkFft('groupInterpolate', [points]);
      const handle = pts(points);
      const inverse = Fr.inv(BigInt(handle.length));
      handle.points = fft(handle.points, true, {
        add: addG1,
        sub: (a, b) => addG1(a, multiplyG1(b, -1n)),
        mul: multiplyG1,
      }).map((p) => multiplyG1(p, inverse));
    },
    async pointsFromBytes(bytes, form = 'canonical') {
      return makePoints(Array.from({ length: checkPointBytes(bytes) }, (_, i) => readPoint(bytes, i, form)));
    },
    async pointsFromChunks(length, chunks, form = 'canonical') {
      const bytes = new Uint8Array(64 * length);
      let at = 0;
      for await (const chunk of chunks) {
        if (at + chunk.length > bytes.length) misuse(`more bytes than ${length} points`);
        bytes.set(chunk, at);
        at += chunk.length;
      }
      if (at !== bytes.length) misuse(`${at} bytes are not ${length} points`);
      return makePoints(Array.from({ length }, (_, i) => readPoint(bytes, i, form)));
    },
    async pointsToBytes(points, at, count) {
      checkRange('pointsToBytes', points, at, count);
      const out = new Uint8Array(64 * count);
      for (let i = 0; i < count; i++) {
        const point = pts(points).points[at + i];
        if (point === null) continue;
        for (let b = 0; b < 32; b++) {
          out[64 * i + b] = Number((point.x >> BigInt(8 * b)) & 255n);
          out[64 * i + 32 + b] = Number((point.y >> BigInt(8 * b)) & 255n);
        }
      }
      return out;
    },
    async firstOffCurve(bytes, form = 'canonical') {
      const count = checkPointBytes(bytes);
      for (let i = 0; i < count; i++) if (!isOnG1(readPoint(bytes, i, form))) return i;
      return -1;
    },

    async dispose() {},
  };
}

const MONTGOMERY_INVERSE = Fq.inv(Fq.from(1n << 256n));

/** 64 bytes, little-endian; coordinates not below p are taken as they are, so that `isOnG1` refuses them. */
function readPoint(bytes: Uint8Array, index: number, form: CoordinateForm): AffinePoint {
  const coordinate = (at: number): bigint => {
    let value = 0n;
    for (let b = 31; b >= 0; b--) value = (value << 8n) + BigInt(bytes[at + b]);
    return form === 'canonical' || value >= Fq.modulus ? value : Fq.mul(value, MONTGOMERY_INVERSE);
  };
  const [x, y] = [coordinate(64 * index), coordinate(64 * index + 32)];
  return x === 0n && y === 0n ? null : { x, y };
}
