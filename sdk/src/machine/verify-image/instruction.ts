/** What one instruction must be, whatever comes before it: its descriptor says what each field is. */
import { isLegal } from '../flags.ts';
import {
  bitsOf,
  CALL,
  CALL_INDIRECT,
  CODE_MASK,
  DRAIN,
  EXIT_,
  EXIT_SLOT,
  IMMEDIATE,
  LEAVE,
  MOVE,
  type OpcodeInfo,
  opcodeInfo,
  WIDE,
} from '../instructions.ts';
import { GLOBALS, MAX_FRAME, MAX_OFFSET, PAGES, STACK, TABLES } from '../memory-map.ts';
import type { Operand, SecondOperand } from '../operands.ts';
import { type Code, FAILURES, MAX_TYPE, PROVEN_TRAPS, type ProvenTrap, statusOfFailure } from '../program.ts';
import { describeStatus } from '../status.ts';
import { mostOfBits } from './frame.ts';
import { refuse } from './rules.ts';

/** At the reserved pcs of proven traps stand their exits. */
export function checkTrapExits(code: Code): void {
  const expect = (pc: number, name: ProvenTrap, opcode: number, a: number, b: number): void => {
    const same = code.opcode[pc] === opcode && code.a[pc] === a && code.b[pc] === b && wordAt(code, pc) === 0;
    if (!same) refuse('trap exits', `another instruction than for the trap ${name}`, pc);
  };
  for (const name of Object.keys(PROVEN_TRAPS) as ProvenTrap[]) {
    const drains = name !== 'inputExhausted';
    const pc = PROVEN_TRAPS[name];
    if (drains) expect(pc, name, DRAIN.code, 0, 0);
    const exit = drains ? pc + 1 : pc;
    expect(exit, name, EXIT_.code, FAILURES[name].code, Number(statusOfFailure(name) >> 32n));
  }
}

export function checkInstruction(code: Code, pc: number): void {
  const opcode = code.opcode[pc]!;
  const info = opcodeInfo(opcode);
  if (!isLegal(opcode, info)) refuse('opcode', `opcode ${opcode}`, pc);
  checkField(info, info.a, opcode, code.a[pc]!, pc);
  checkField(info, info.b, opcode, code.b[pc]!, pc);
  checkField(info, info.c, opcode, wordAt(code, pc), pc);
  switch (info.code) {
    // A row that reads a cell writes its slot before: were they one, it could read anything.
    case MOVE.code:
      if (code.a[pc] === code.b[pc]) refuse('move', `a move of slot ${code.a[pc]} to itself`, pc);
      break;
    case CALL.code:
    case CALL_INDIRECT.code:
      if (code.opcode[pc + 1] !== LEAVE.code || code.a[pc + 1] !== code.b[pc]) {
        refuse('return point', 'a call without its return point', pc);
      }
      break;
    case LEAVE.code:
      if (opcodeInfo(code.opcode[pc - 1]!)?.flow !== 'call') {
        refuse('return point', 'a return point behind no call', pc);
      }
      break;
    case DRAIN.code:
      // A read behind it would be out of inputs that the run had only thrown away.
      if (code.opcode[pc + 1] !== EXIT_.code && code.opcode[pc + 1] !== EXIT_SLOT.code) {
        refuse('drain', 'no exit behind a drain', pc);
      }
      break;
    case EXIT_.code: {
      const status = (BigInt(code.b[pc]!) << 32n) | BigInt(code.a[pc]!);
      if (describeStatus(status).kind === 'unknown') refuse('status', `an exit with status ${status}`, pc);
    }
  }
}

/** Whether a run ends here whatever its frame holds: `exit`, or `drain` with an exit of a constant behind. */
export function isEnd(code: Code, pc: number): boolean {
  const end = (code.opcode[pc]! & CODE_MASK) === DRAIN.code ? pc + 1 : pc;
  return code.opcode[end] === EXIT_.code;
}

function checkField(info: OpcodeInfo, field: Operand, opcode: number, value: number, pc: number): void {
  const isGlobal = value >= GLOBALS && value < TABLES;
  switch (field.role) {
    case 'unused':
      if (value !== 0) refuse('field', `${info.name} with a field that it does not use`, pc);
      break;
    case 'second':
      if ((opcode & IMMEDIATE) !== 0) checkImmediate(info, field, opcode, value, pc);
      else checkSlot(value, pc);
      break;
    case 'read':
    case 'write':
    case 'update':
    case 'return slot':
      checkSlot(value, pc);
      break;
    case 'frame':
      if (value > MAX_FRAME) refuse('slot', 'a call beyond every frame', pc);
      break;
    case 'type':
      if (value > MAX_TYPE) refuse('key', `an indirect call of type ${value}`, pc);
      break;
    case 'offset':
      if (value >= MAX_OFFSET) refuse('key', 'an offset beyond every memory', pc);
      break;
    case 'cell':
      if (!isGlobal && value !== PAGES) {
        refuse('key', `a ${info.name} of what is no global and not the size`, pc);
      }
      break;
    case 'global':
      if (!isGlobal) refuse('key', `a ${info.name} of what is no global`, pc);
      break;
    case 'table':
      // The end is the key of a table or segment without elements, which a branch keeps from being used.
      if (value < TABLES || value > STACK) refuse('key', 'an element of no table', pc);
      break;
    default:
      break;
  }
}

/** Slots are keys of the stack and of nothing else: below the largest frame, for which calls see that there is room. */
function checkSlot(slot: number, pc: number): void {
  if (slot >= MAX_FRAME) refuse('slot', `slot ${slot} beyond every frame`, pc);
}

/** Immediates with which the instruction means something. */
function checkImmediate(
  { name }: OpcodeInfo,
  { bits, demand }: SecondOperand,
  opcode: number,
  y: number,
  pc: number,
): void {
  const width = (opcode & WIDE) !== 0 ? 64 : 32;
  const wrong = (what: string): never => refuse('immediate', `${name} ${what}`, pc);
  if (y > mostOfBits(demand === 'factor' ? 32 : bitsOf(bits, opcode))) {
    wrong('with an immediate of more than 32 bits');
  }
  switch (demand) {
    case 'power':
    case 'shift':
      if (y === 0 || (y & (y - 1)) !== 0) wrong('without a power of two');
      // 2^0 would be a shift by 32, which the instruction does not have.
      if (demand === 'shift' && y === 1) wrong('by 32');
      break;
    case 'count':
    case 'rotation':
      if (y > width || (y === width && demand === 'count')) wrong(`by ${y} of ${width} bits`);
      break;
    case 'divisor':
      if (y === 0) wrong('by 0');
      break;
    default:
      break;
  }
}

/** The field c of an instruction; exact below 2^53, and nothing here tells larger words apart. */
export function wordAt(code: Code, pc: number): number {
  return code.c[pc]! + code.cHigh[pc]! * 2 ** 32;
}
