import { fail } from '../errors/index.ts';
import { type Immediate, isReferenceType, type Opcode, opcodeById } from './opcodes.ts';
import {
  type Block,
  type FunctionType,
  type IndexSpaces,
  type Instruction,
  type Module,
  place,
  type ValueType,
} from './types.ts';

/** What bodies are validated against: the context C of the specification. */
export interface CodeEnvironment {
  readonly module: Module;
  readonly spaces: IndexSpaces;
  /** C.refs. */
  readonly references: ReadonlySet<number>;
}

/** Throws MODULE_INVALID. `inside` names the function or segment. */
export function invalid(offset: number, message: string, inside?: () => string): never {
  fail('MODULE_INVALID', message, {
    where: place(offset, inside?.()),
    fix: 'The file breaks the rules of WebAssembly 3.0, so engines refuse it too: it was damaged, or made by a faulty tool',
  });
}

/** Of a memory that is addressed by 32 bits; the format has 64 (5.4.6). */
const MAX_MEM_OFFSET = 2 ** 32 - 1;

/** An operand's type; unknown below the operands of unreachable code. */
type Operand = ValueType | 'unknown';

interface Frame {
  readonly block: Block;
  /** What a branch to it carries, and what its end leaves. */
  readonly labelTypes: readonly ValueType[];
  readonly results: readonly ValueType[];
  /** Operands below this frame's own. */
  readonly height: number;
  unreachable: boolean;
}

/**
 * Validates one body by the algorithm of the specification's appendix "Validation Algorithm": a stack of operand types
 * and a stack of control frames. Its names are kept.
 */
export class CodeValidator {
  private readonly environment: CodeEnvironment;
  private readonly inside: () => string;
  private readonly locals: readonly ValueType[];
  private readonly results: readonly ValueType[];
  private readonly operands: Operand[] = [];
  private readonly frames: Frame[] = [];
  /** The instruction at hand, for messages. */
  private offset = 0;
  private opcodeName = '';

  constructor(
    environment: CodeEnvironment,
    inside: () => string,
    locals: readonly ValueType[],
    results: readonly ValueType[],
  ) {
    this.environment = environment;
    this.inside = inside;
    this.locals = locals;
    this.results = results;
  }

  validate(instructions: readonly Instruction[], body: Block): void {
    const { results } = this;
    this.frames.push({ block: body, labelTypes: results, results, height: 0, unreachable: false });
    for (const instruction of instructions) {
      // The decoder makes no instruction that is not in the table.
      const opcode = opcodeById(instruction.op)!;
      this.offset = instruction.offset;
      this.opcodeName = opcode.name;
      this.checkImmediates(opcode, instruction);
      if (opcode.type === undefined) {
        this.checkByContext(opcode, instruction);
      } else {
        this.popAll(opcode.type.params);
        this.pushAll(opcode.type.results);
      }
    }
  }

  private checkImmediates(opcode: Opcode, instruction: Instruction): void {
    const { immediates } = opcode;
    for (let i = 0; i < immediates.length; i++) {
      const kind = immediates[i];
      if (kind === 'block') {
        const { typeIndex } = instruction.block;
        if (typeIndex !== undefined) this.checkIndex('type', typeIndex);
      } else if (kind === 'labels') {
        for (const label of instruction.labels) this.checkIndex('label', label);
      } else if (kind === 'memarg') {
        this.checkIndex('memory', instruction.index);
        if (instruction.align > 31 - Math.clz32(opcode.access)) {
          const alignment = `2^${instruction.align}`;
          this.invalid(`alignment must not be larger than natural: ${alignment} for ${opcode.access} bytes`);
        }
        if (instruction.memOffset > MAX_MEM_OFFSET)
          this.invalid(`offset out of range: ${instruction.memOffset}`);
      } else if (kind in INDEX_NAMES) {
        this.checkIndex(kind, i === 0 ? instruction.index : instruction.index2);
      }
    }
    if (opcode.name === 'table.init' || opcode.name === 'table.copy')
      this.checkTablePair(opcode, instruction);
    else if (opcode.name === 'ref.func' && !this.environment.references.has(instruction.index)) {
      this.invalid(`undeclared function reference ${instruction.index}`);
    }
  }

  private checkIndex(kind: Immediate, index: number): void {
    if (index >= this.sizeOf(kind)) this.invalid(`unknown ${INDEX_NAMES[kind]} ${index}`);
  }

  private sizeOf(kind: Immediate): number {
    const { module, spaces } = this.environment;
    switch (kind) {
      case 'label':
        return this.frames.length;
      case 'local':
        return this.locals.length;
      case 'global':
        return spaces.globals.length;
      case 'func':
        return spaces.functions.length;
      case 'type':
        return module.types.length;
      case 'table':
        return spaces.tables.length;
      case 'memory':
        return spaces.memories.length;
      case 'elem':
        return module.elements.length;
      case 'data':
        return module.datas.length;
      default:
        return 0;
    }
  }

  private checkTablePair(opcode: Opcode, { index, index2 }: Instruction): void {
    const { module, spaces } = this.environment;
    const source = opcode.name === 'table.init' ? module.elements[index].type : spaces.tables[index2].type;
    const target = spaces.tables[opcode.name === 'table.init' ? index2 : index].type;
    if (source !== target) this.invalid(`type mismatch: ${source} into a table of ${target}`);
  }

  /** The instructions whose types the table leaves to the context. */
  private checkByContext(opcode: Opcode, instruction: Instruction): void {
    const { module, spaces } = this.environment;
    const { index } = instruction;
    switch (opcode.name) {
      case 'local.get':
        this.push(this.locals[index]);
        break;
      case 'local.set':
        this.pop(this.locals[index]);
        break;
      case 'local.tee':
        this.pop(this.locals[index]);
        this.push(this.locals[index]);
        break;
      case 'global.get':
        this.push(spaces.globals[index].type);
        break;
      case 'global.set':
        if (!spaces.globals[index].mutable) this.invalid(`global ${index} is immutable`);
        this.pop(spaces.globals[index].type);
        break;
      case 'drop':
        this.popAny();
        break;
      case 'select':
        this.select();
        break;
      case 'select_t':
        this.selectTyped(instruction.types);
        break;
      case 'block':
      case 'loop':
      case 'if':
        if (opcode.name === 'if') this.pop('i32');
        this.popAll(instruction.block.params);
        this.enter(instruction.block);
        break;
      case 'else':
        this.leave();
        this.enter(instruction.block);
        break;
      case 'end':
        this.end();
        break;
      case 'br':
        this.popAll(this.labelTypes(index));
        this.unreachable();
        break;
      case 'br_if':
        this.pop('i32');
        this.popAll(this.labelTypes(index));
        this.pushAll(this.labelTypes(index));
        break;
      case 'br_table':
        this.branchTable(instruction.labels);
        break;
      case 'return':
        this.popAll(this.results);
        this.unreachable();
        break;
      case 'unreachable':
        this.unreachable();
        break;
      case 'call':
        this.call(module.types[spaces.functions[index]]);
        break;
      case 'call_indirect':
        this.requireFunctionTable(opcode.name, instruction.index2);
        this.pop('i32');
        this.call(module.types[index]);
        break;
      case 'return_call':
        this.tailCall(module.types[spaces.functions[index]]);
        break;
      case 'return_call_indirect':
        this.requireFunctionTable(opcode.name, instruction.index2);
        this.pop('i32');
        this.tailCall(module.types[index]);
        break;
      case 'ref.null':
        this.push(instruction.types[0]);
        break;
      case 'ref.is_null': {
        const operand = this.popAny();
        if (operand !== 'unknown' && !isReferenceType(operand)) this.mismatch('a reference', operand);
        this.push('i32');
        break;
      }
      case 'table.get':
        this.pop('i32');
        this.push(spaces.tables[index].type);
        break;
      case 'table.set':
        this.pop(spaces.tables[index].type);
        this.pop('i32');
        break;
      case 'table.grow':
        this.pop('i32');
        this.pop(spaces.tables[index].type);
        this.push('i32');
        break;
      case 'table.fill':
        this.pop('i32');
        this.pop(spaces.tables[index].type);
        this.pop('i32');
        break;
      default:
        fail('INTERNAL', `no validation rule for ${opcode.name}`, {
          fix: 'Report this as a fault of wattest',
        });
    }
  }

  private call({ params, results }: FunctionType): void {
    this.popAll(params);
    this.pushAll(results);
  }

  /** What it returns is what this function returns. */
  private tailCall({ params, results }: FunctionType): void {
    if (!sameTypes(results, this.results)) {
      this.invalid(`type mismatch: ${this.opcodeName} of a function that returns other types than this one`);
    }
    this.popAll(params);
    this.unreachable();
  }

  private requireFunctionTable(name: string, index: number): void {
    const { type } = this.environment.spaces.tables[index];
    if (type !== 'funcref') this.invalid(`type mismatch: ${name} through a table of ${type}`);
  }

  private selectTyped(types: readonly ValueType[]): void {
    if (types.length !== 1) this.invalid(`invalid result arity: select with ${types.length} types`);
    this.pop('i32');
    this.popAll([types[0], types[0]]);
    this.push(types[0]);
  }

  private select(): void {
    this.pop('i32');
    const second = this.popAny();
    const first = this.popAny();
    for (const operand of [first, second]) {
      if (operand !== 'unknown' && isReferenceType(operand)) this.mismatch('a number', operand);
    }
    if (first !== second && first !== 'unknown' && second !== 'unknown') this.mismatch(first, second);
    this.push(first === 'unknown' ? second : first);
  }

  private branchTable(labels: Readonly<Uint32Array>): void {
    this.pop('i32');
    const fallback = this.labelTypes(labels[labels.length - 1]);
    // Labels that share a type (one array) are checked once: large tables have few distinct ones.
    const checked = new Set<readonly ValueType[]>();
    for (const label of labels) {
      const types = this.labelTypes(label);
      if (checked.has(types)) continue;
      checked.add(types);
      if (types.length !== fallback.length) {
        this.invalid(`type mismatch: br_table labels carry ${types.length} and ${fallback.length} values`);
      }
      // Put back what was there, so that unknown operands stay unknown for the next label.
      const popped = types.map((_, i) => this.pop(types[types.length - 1 - i]));
      for (let i = popped.length - 1; i >= 0; i--) this.push(popped[i]);
    }
    this.popAll(fallback);
    this.unreachable();
  }

  private end(): void {
    const { block } = this.leave();
    if (block.kind === 'if' && block.else < 0 && !sameTypes(block.params, block.results)) {
      this.invalid('type mismatch: an if without else must have equal parameter and result types');
    }
    if (this.frames.length > 0) this.pushAll(block.results);
  }

  private enter(block: Block): void {
    const { params, results } = block;
    const labelTypes = block.kind === 'loop' ? params : results;
    this.frames.push({ block, labelTypes, results, height: this.operands.length, unreachable: false });
    this.pushAll(params);
  }

  private leave(): Frame {
    const frame = this.frames[this.frames.length - 1];
    this.popAll(frame.results);
    if (this.operands.length !== frame.height) {
      const spare = this.operands.length - frame.height;
      this.invalid(`type mismatch: ${spare} values remain on the stack at the end of a block`);
    }
    this.frames.pop();
    return frame;
  }

  /** What follows cannot be reached: the stack is polymorphic up to the end of the block. */
  private unreachable(): void {
    const frame = this.frames[this.frames.length - 1];
    this.operands.length = frame.height;
    frame.unreachable = true;
  }

  private labelTypes(label: number): readonly ValueType[] {
    return this.frames[this.frames.length - 1 - label].labelTypes;
  }

  private push(operand: Operand): void {
    this.operands.push(operand);
  }

  private pushAll(types: readonly ValueType[]): void {
    for (let i = 0; i < types.length; i++) this.operands.push(types[i]);
  }

  private popAny(): Operand {
    const frame = this.frames[this.frames.length - 1];
    if (this.operands.length > frame.height) return this.operands.pop()!;
    if (!frame.unreachable) this.mismatch('an operand', 'an empty stack');
    return 'unknown';
  }

  private pop(expected: ValueType): Operand {
    const actual = this.popAny();
    if (actual !== expected && actual !== 'unknown') this.mismatch(expected, actual);
    return actual;
  }

  private popAll(types: readonly ValueType[]): void {
    for (let i = types.length - 1; i >= 0; i--) this.pop(types[i]);
  }

  private mismatch(expected: string, actual: string): never {
    this.invalid(`type mismatch: ${this.opcodeName} expects ${expected} and finds ${actual}`);
  }

  private invalid(message: string): never {
    invalid(this.offset, message, this.inside);
  }
}

/** Immediates that are indices, and how messages name them. */
const INDEX_NAMES: Readonly<Partial<Record<Immediate, string>>> = {
  label: 'label',
  local: 'local',
  global: 'global',
  func: 'function',
  type: 'type',
  table: 'table',
  memory: 'memory',
  elem: 'elem segment',
  data: 'data segment',
};

function sameTypes(a: readonly ValueType[], b: readonly ValueType[]): boolean {
  return a.length === b.length && a.every((type, i) => type === b[i]);
}
