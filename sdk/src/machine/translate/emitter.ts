import { fail } from '../../errors/index.ts';
import { place } from '../../wasm/types.ts';
import {
  CALL,
  CALL_INDIRECT,
  CONST,
  JUMP,
  LEAVE,
  MOVE,
  type OpcodeInfo,
  READ_PRIVATE,
  WIDE,
} from '../instructions.ts';
import {
  type Code,
  type DebugPoint,
  MAX_CHIP_LOG,
  type PrivatePoint,
  type PrivateSource,
  type Section,
} from '../program.ts';

/** A place in the code that rows jump to, before or after its pc is known. */
export class Label {
  /** 0 until it is bound. */
  pc = 0;
  /** Rows whose field a waits for the pc. */
  readonly uses: number[] = [];
  /** Whether any row jumps here. */
  used = false;
}

const MAX_WEIGHT = 255;
/** An instruction may take a thousand rows, so a small file could ask for more than there is memory. */
const MAX_ROWS: number = 1 << MAX_CHIP_LOG;

/**
 * Rows of the program in the making. Counts of WebAssembly instructions wait in `pending` and go to the next row;
 * where paths meet or part, {@link flush} settles them first, so that every path counts exactly what it executes.
 * MODULE_TOO_LARGE beyond the rows that an image can have.
 */
export class Emitter {
  /** Byte offset and function of the instruction being translated, for the rows that come. */
  offset = 0;
  functionIndex = -1;
  /** Executed WebAssembly instructions that no row stands for yet. */
  pending = 0;
  readonly debugPoints: DebugPoint[] = [];
  readonly privatePoints: PrivatePoint[] = [];
  readonly sections: Section[] = [];

  private readonly opcode: number[] = [0];
  private readonly a: number[] = [0];
  private readonly b: number[] = [0];
  private readonly c: number[] = [0];
  private readonly cHigh: number[] = [0];
  private readonly weight: number[] = [0];
  private readonly offsets: number[] = [0];
  private readonly functions: number[] = [0];
  private pendingDebug: Omit<DebugPoint, 'pc'>[] = [];
  /** The last row, where whoever gets here has executed it and whoever executed it gets here; else −1. */
  private straight = -1;
  private readonly describe: (functionIndex: number) => string;

  /** `describe` names functions in errors. */
  constructor(describe: (functionIndex: number) => string) {
    this.describe = describe;
  }

  /** The pc of the next row. */
  get pc(): number {
    return this.opcode.length;
  }

  /** The next row is the first of a section. */
  section(kind: Section['kind'], name: string, functionIndex = -1): void {
    this.sections.push({ pc: this.pc, kind, name, functionIndex });
  }

  /** A row after which the next one follows. `flags` are added to the opcode's code. */
  row(info: OpcodeInfo, flags: number, a: number, b = 0, c: number | bigint = 0): void {
    while (this.pending > MAX_WEIGHT) this.filler();
    this.straight = this.push(info, flags, a, b, c);
  }

  /** A row that jumps to `target`, always or sometimes: what follows is another path. */
  jump(info: OpcodeInfo, flags: number, target: Label, b = 0, c: number | bigint = 0): void {
    while (this.pending > MAX_WEIGHT) this.filler();
    const pc = this.push(info, flags, target.pc, b, c);
    target.used = true;
    if (target.pc === 0) target.uses.push(pc);
    this.straight = -1;
  }

  /** A call and its marker; `delta` is the caller's slot that becomes the callee's slot 0. */
  call(target: Label, delta: number, returnSlot: number): void {
    const pc = this.pc;
    this.jump(CALL, 0, target, delta, returnSlot);
    this.push(LEAVE, 0, delta, 0, 0);
    this.straight = pc;
  }

  /** The same for the function that slot `reference` holds, of structural type `type`. */
  callIndirect(reference: number, delta: number, type: number): void {
    this.row(CALL_INDIRECT, 0, reference, delta, type);
    this.push(LEAVE, 0, delta, 0, 0);
  }

  move(to: number, from: number): void {
    if (to !== from) this.row(MOVE, 0, to, from);
  }

  /** A private word that does not come from the list of private inputs; `slot` as of a `PrivatePoint`. */
  readPrivate(source: PrivateSource, to: number, slot?: number): void {
    this.row(READ_PRIVATE, WIDE, to);
    this.privatePoints.push({ pc: this.pc - 1, source, ...(slot === undefined ? {} : { slot }) });
  }

  constant(to: number, value: bigint): void {
    this.row(CONST, 0, to, 0, value);
  }

  /** The program continues here from elsewhere too. */
  bind(label: Label): void {
    this.flush();
    label.pc = this.pc;
    for (const row of label.uses) this.a[row] = label.pc;
    label.uses.length = 0;
    this.straight = -1;
  }

  /** Settles the pending count (and debug points) on this path. */
  flush(): void {
    if (this.pendingDebug.length === 0 && this.straight >= 0) {
      const room = Math.min(MAX_WEIGHT - this.weight[this.straight], this.pending);
      this.weight[this.straight] += room;
      this.pending -= room;
    }
    while (this.pending > 0 || this.pendingDebug.length > 0) this.filler();
  }

  /** The value is reported when the next row is reached. */
  debug(point: Omit<DebugPoint, 'pc'>): void {
    this.pendingDebug.push(point);
  }

  /** Whether there are as many rows as any image can have. */
  get full(): boolean {
    return this.pc >= MAX_ROWS;
  }

  /** Forgets what waits for the next row, of a function that cannot be translated. */
  drop(): void {
    this.pending = 0;
    this.pendingDebug = [];
    this.straight = -1;
  }

  finish(): Code {
    return {
      length: this.pc,
      opcode: Uint16Array.from(this.opcode),
      a: Uint32Array.from(this.a),
      b: Uint32Array.from(this.b),
      c: Uint32Array.from(this.c),
      cHigh: Uint32Array.from(this.cHigh),
      weight: Uint8Array.from(this.weight),
      offset: Uint32Array.from(this.offsets),
      functionIndex: Int32Array.from(this.functions),
    };
  }

  /** A row that does nothing but count: a jump to the next one. */
  private filler(): void {
    this.straight = this.push(JUMP, 0, this.pc + 1, 0, 0);
  }

  private push(info: OpcodeInfo, flags: number, a: number, b: number, c: number | bigint): number {
    const pc = this.opcode.length;
    if (pc >= MAX_ROWS) this.tooLarge();
    const weight = Math.min(MAX_WEIGHT, this.pending);
    this.pending -= weight;
    for (const point of this.pendingDebug) this.debugPoints.push({ pc, ...point });
    this.pendingDebug = [];
    this.opcode.push(info.code | flags);
    this.a.push(a);
    this.b.push(b);
    this.c.push(typeof c === 'bigint' ? Number(c & 0xffff_ffffn) : c % 2 ** 32);
    this.cHigh.push(typeof c === 'bigint' ? Number(c >> 32n) : 0);
    this.weight.push(weight);
    this.offsets.push(this.offset);
    this.functions.push(this.functionIndex);
    return pc;
  }

  private tooLarge(): never {
    const { functionIndex } = this;
    fail('MODULE_TOO_LARGE', `the program has more than ${MAX_ROWS} rows, which no proof holds`, {
      where: place(this.offset, functionIndex < 0 ? undefined : this.describe(functionIndex)),
      fix: 'Split the module, or carry fewer values over branches and calls',
    });
  }
}
