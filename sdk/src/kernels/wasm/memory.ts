/** The one memory of the kernels and its allocator: best fit, neighbours joined, peak recorded. */
import { fail } from '../../errors/index.ts';
import { HEAP_BASE, PAGE_BYTES } from './layout.ts';

const ALIGNMENT = 64;
/** Large blocks start at varying distances from a page, so that columns do not compete for the same cache sets. */
const LARGE = 4096;
const STAGGER = 11 * ALIGNMENT;
const MAX_BYTES: number = 2 ** 32;
/** Grow by at least this much at a time. */
const GROWTH_BYTES: number = 64 * PAGE_BYTES;

const MIN_PAGES = 64;

/** A memory with as much address space as the platform gives: phones and limited processes refuse 4 GiB. */
function reserve(shared: boolean, most: number): [WebAssembly.Memory, number] {
  for (let maximum = most; ; maximum = Math.floor(maximum / 2)) {
    try {
      return [new WebAssembly.Memory({ initial: 1, maximum, shared }), maximum];
    } catch (error) {
      if (maximum > 2 * MIN_PAGES) continue;
      fail('OUT_OF_MEMORY', 'the platform gives the kernels no memory', {
        fix: 'Close other programs or raise the limit of this process',
        cause: error,
      });
    }
  }
}

interface Block {
  address: number;
  bytes: number;
}

export class KernelMemory {
  readonly memory: WebAssembly.Memory;
  readonly shared: boolean;
  readonly maxPages: number;
  /** Sorted by address; no two touch. */
  readonly #free: Block[] = [];
  readonly #taken = new Map<number, number>();
  #end: number = HEAP_BASE;
  /** Below this address memory has been handed out before and may be dirty. */
  #touched: number = HEAP_BASE;
  #used = 0;
  #peak = 0;
  /** What `memory.buffer` was after the last growth: asking for it takes longer than most uses of it. */
  #buffer: ArrayBufferLike;
  #f64: Float64Array | undefined;
  #u32: Uint32Array | undefined;

  constructor(shared: boolean, maxBytes: number = MAX_BYTES) {
    this.shared = shared;
    const most = Math.max(MIN_PAGES, Math.floor(Math.min(MAX_BYTES, maxBytes) / PAGE_BYTES));
    [this.memory, this.maxPages] = reserve(shared, most);
    this.#buffer = this.memory.buffer;
  }

  get used(): number {
    return this.#used;
  }

  get peak(): number {
    return this.#peak;
  }

  get buffer(): ArrayBufferLike {
    return this.#buffer;
  }

  /** All of memory as f64; valid until the next allocation. */
  get f64(): Float64Array {
    this.#f64 ??= new Float64Array(this.#buffer);
    return this.#f64;
  }

  /** All of memory as u32; valid until the next allocation. */
  get u32(): Uint32Array {
    this.#u32 ??= new Uint32Array(this.#buffer);
    return this.#u32;
  }

  /** Address of `bytes` zero bytes, aligned to 64. */
  allocateZeroed(bytes: number): number {
    const { address, clear } = this.allocateToClear(bytes);
    clear?.();
    return address;
  }

  /** As `allocateZeroed`, but the zeroing is left to the caller; there is none where the memory is new. */
  allocateToClear(bytes: number): { readonly address: number; readonly clear: (() => void) | undefined } {
    const touched = this.#touched;
    const address = this.allocate(bytes);
    const dirty = Math.min(bytes, touched - address);
    if (dirty <= 0) return { address, clear: undefined };
    return { address, clear: () => new Uint8Array(this.#buffer, address, dirty).fill(0) };
  }

  /** Address of `bytes` bytes, aligned to 64; their contents are undefined. */
  allocate(bytes: number): number {
    const size =
      Math.max(ALIGNMENT, Math.ceil(bytes / ALIGNMENT) * ALIGNMENT) + (bytes >= LARGE ? STAGGER : 0);
    let best = -1;
    this.#free.forEach((block, i) => {
      if (block.bytes >= size && (best < 0 || block.bytes < this.#free[best].bytes)) best = i;
    });
    if (best < 0) best = this.#extend(size);
    const block = this.#free[best];
    const { address } = block;
    if (block.bytes === size) this.#free.splice(best, 1);
    else {
      block.address += size;
      block.bytes -= size;
    }
    this.#taken.set(address, size);
    this.#used += size;
    this.#peak = Math.max(this.#peak, this.#used);
    this.#touched = Math.max(this.#touched, address + size);
    return address;
  }

  /** Gives back a block by its address; `false` where it is not taken. */
  free(address: number): boolean {
    const bytes = this.#taken.get(address);
    if (bytes === undefined) return false;
    this.#taken.delete(address);
    this.#used -= bytes;
    this.#insert({ address, bytes });
    return true;
  }

  /** Index of a free block of at least `size` bytes at the end of memory. */
  #extend(size: number): number {
    const last = this.#free.at(-1);
    const tail = last !== undefined && last.address + last.bytes === this.#end ? last.bytes : 0;
    const needed = size - tail;
    const limit = this.maxPages * PAGE_BYTES;
    const current = this.#buffer.byteLength;
    // Memory beyond `#end` exists where the last growth was generous.
    if (this.#end + needed > current) {
      const missing = this.#end + needed - current;
      const generous = Math.max(missing, Math.min(GROWTH_BYTES, Math.floor(current / 4)));
      if (!this.#grow(Math.min(generous, limit - current)) || this.#end + needed > this.#buffer.byteLength) {
        if (!this.#grow(missing)) this.#outOfMemory(size, limit);
      }
    }
    const { byteLength } = this.#buffer;
    this.#insert({ address: this.#end, bytes: byteLength - this.#end });
    this.#end = byteLength;
    return this.#free.length - 1;
  }

  #grow(bytes: number): boolean {
    const pages = Math.ceil(bytes / PAGE_BYTES);
    if (pages <= 0) return true;
    if (this.#buffer.byteLength / PAGE_BYTES + pages > this.maxPages) return false;
    try {
      this.memory.grow(pages);
      this.#buffer = this.memory.buffer;
      this.#f64 = undefined;
      this.#u32 = undefined;
      return true;
    } catch {
      return false;
    }
  }

  #insert(block: Block): void {
    const free = this.#free;
    let low = 0;
    for (let high = free.length; low < high; ) {
      const middle = (low + high) >> 1;
      if (free[middle].address < block.address) low = middle + 1;
      else high = middle;
    }
    const [before, after] = [free[low - 1], free[low]];
    const joinsBefore = before !== undefined && before.address + before.bytes === block.address;
    const joinsAfter = after !== undefined && block.address + block.bytes === after.address;
    if (joinsBefore && joinsAfter) {
      before.bytes += block.bytes + after.bytes;
      free.splice(low, 1);
    } else if (joinsBefore) before.bytes += block.bytes;
    else if (joinsAfter) {
      after.address = block.address;
      after.bytes += block.bytes;
    } else free.splice(low, 0, block);
  }

  #outOfMemory(size: number, limit: number): never {
    const mega = (bytes: number): string => `${Math.ceil(bytes / 2 ** 20)} MB`;
    fail(
      'OUT_OF_MEMORY',
      `the kernels need ${mega(size)} more than the ${mega(this.#used)} in use of ${mega(limit)}`,
      {
        fix:
          limit < MAX_BYTES
            ? 'Prove with less at a time (--max-memory, maxMemoryBytes of prove), or allow the session more (its maxMemoryBytes, at most 4 GiB)'
            : 'Prove with less at a time (--max-memory, maxMemoryBytes of prove), or free memory on this machine',
      },
    );
  }
}
