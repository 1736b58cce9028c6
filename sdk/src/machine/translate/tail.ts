/** Tails of blocks: what stands between the end of a block and a branch back to a loop, or a return, where that is not far. */
import { OP, opcodeById } from '../../wasm/opcodes.ts';
import type { Block, Instruction } from '../../wasm/types.ts';
import { isInLine, MAX_LENGTH } from './header.ts';
import { STORES } from './memory.ts';

/** The most blocks that end in one place: bounds the work for each branch. */
const MAX_ENDS = 16;

export interface Tail {
  /** Positions of its first instruction and of the one behind the last, which branches or returns. */
  readonly start: number;
  readonly end: number;
  /** How many frames are left before the branch at `end`, or −1: a return. */
  readonly outer: number;
}

/**
 * The tail of the block at `depth`; `blockAt` are the open blocks from the innermost outwards. Undefined where it is long, or
 * is no straight code, or leaves values on the stack.
 */
export function tailOf(
  instructions: readonly Instruction[],
  blockAt: (depth: number) => Block,
  depth: number,
): Tail | undefined {
  let block = blockAt(depth);
  if (block.kind === 'body' || block.kind === 'loop' || block.results.length > 0) return undefined;
  let outer = depth + 1;
  let start = block.end + 1;
  for (let { op } = instructions[start]!; op === OP.end || op === OP.else; { op } = instructions[start]!) {
    block = blockAt(outer);
    if (block.kind === 'body') break;
    if (block.results.length > 0 || outer - depth > MAX_ENDS) return undefined;
    outer++;
    start = block.end + 1;
  }
  let height = 0;
  for (let end = start; end <= start + MAX_LENGTH; end++) {
    const { op } = instructions[end]!;
    const returns = op === OP.return || (op === OP.end && blockAt(outer).kind === 'body');
    if (returns) return { start, end, outer: -1 };
    if (op === OP.br || op === OP.br_if) {
      return height === (op === OP.br ? 0 : 1) ? { start, end, outer } : undefined;
    }
    if (!isInLine(op) && !STORES.has(op) && op !== OP['global.set']) return undefined;
    height += effectOf(op);
  }
  return undefined;
}

/** How much higher the stack is behind an instruction of straight code. */
function effectOf(op: number): number {
  const type = opcodeById(op)?.type;
  if (type !== undefined) return type.results.length - type.params.length;
  if (op === OP['local.get'] || op === OP['global.get']) return 1;
  return op === OP['local.set'] || op === OP['global.set'] || op === OP.drop ? -1 : 0;
}
