/** The functions of an image, by what the program says of them; that they are so, `function.ts` proves. */
import { MAX_FRAME } from '../memory-map.ts';
import { MAX_TYPE, type Program, returnSlotOf, type Signature } from '../program.ts';
import { Frame, mostOfBits, WORD32 } from './frame.ts';
import { refuse } from './rules.ts';

export interface Callee {
  readonly signature: Signature;
  /** What is known of its slots when it begins. */
  readonly frame: Frame;
  readonly returnSlot: number;
}

export interface Signatures {
  /** The function that begins at a pc. */
  readonly at: ReadonlyMap<number, Callee>;
  /** What an indirect call of a type runs; undefined where no reference has it. */
  readonly ofType: ReadonlyMap<number, Callee>;
}

export function checkSignatures({ signatures, functions, entry, code }: Program): Signatures {
  const at = new Map<number, Callee>();
  const frames = new Map<Signature['params'], Frame>();
  let before = entry;
  for (const signature of signatures) {
    const { pc } = signature;
    if (!(pc > before && pc < code.length))
      refuse('entry', 'a function that does not begin behind the one before', pc);
    before = pc;
    if (![...signature.params, ...signature.results].every((bits) => bits === 32 || bits === 64)) {
      refuse('entry', 'a function with a parameter or result of neither 32 nor 64 bits', pc);
    }
    const { params, results, returnSlot } = signature;
    const least = returnSlotOf({ params, results });
    const isFar = returnSlot === undefined || (Number.isInteger(returnSlot) && returnSlot >= least);
    if (!isFar || (returnSlot ?? least) >= MAX_FRAME) {
      refuse('entry', `a function whose return pc is in slot ${returnSlot ?? least}`, pc);
    }
    at.set(pc, { signature, frame: frameOf(signature, frames), returnSlot: returnSlotOf(signature) });
  }
  const ofType = new Map<number, Callee>();
  const ids = new Set<number>();
  for (const { id, type, pc, returnSlot } of functions) {
    const name = `function reference ${id}`;
    const isWord = Number.isInteger(id) && Number.isInteger(type) && id >= 1 && id <= WORD32;
    if (!isWord || type < 1 || type > MAX_TYPE || ids.has(id))
      refuse('references', `${name} of type ${type}`);
    ids.add(id);
    const callee = at.get(pc);
    if (callee === undefined) refuse('references', `${name} to a pc where no function begins`, pc);
    if (callee.returnSlot !== returnSlot) refuse('references', `${name} with another return slot`, pc);
    const known = ofType.get(type) ?? callee;
    if (!isSame(known.signature, callee.signature)) {
      refuse('references', `${name} of a type whose functions have other parameters or results`, pc);
    }
    ofType.set(type, known);
  }
  return { at, ofType };
}

/** One for each list of parameters. */
function frameOf({ params }: Signature, known: Map<Signature['params'], Frame>): Frame {
  const frame = known.get(params) ?? new Frame();
  if (!known.has(params)) for (const [i, bits] of params.entries()) frame.set(i, mostOfBits(bits));
  known.set(params, frame);
  return frame;
}

function isSame(a: Signature, b: Signature): boolean {
  // The translator gives functions of one type the same lists.
  if (a.params === b.params && a.results === b.results) return true;
  return `${a.params}:${a.results}` === `${b.params}:${b.results}`;
}
