/**
 * A sample of the official suite, proven: assertions are chosen until every instruction that the machine supports was
 * executed by one of them and every trap was met, then all that belong to a module become one program, which is proven
 * and verified.
 */
import { bytesToHex } from '@noble/hashes/utils.js';
import { identify } from '../../../sdk/src/attest/session/identify.ts';
import { type Session, verify } from '../../../sdk/src/index.ts';
import type { ChipName } from '../../../sdk/src/machine/instructions.ts';
import { type Program, TRAPS } from '../../../sdk/src/machine/program.ts';
import { describeStatus } from '../../../sdk/src/machine/status.ts';
import type { Trace } from '../../../sdk/src/machine/trace.ts';
import { SUPPORTED } from '../../../sdk/src/machine/translate/supported.ts';
import { fillWitness } from '../../../sdk/src/machine/witness.ts';
import { machineDigest } from '../../../sdk/src/plonk/keys/key.ts';
import { prove } from '../../../sdk/src/plonk/prove/prover.ts';
import { type Module, OP, opcodeById } from '../../../sdk/src/wasm/index.ts';
import { runSuiteFile } from './suite.ts';
import { type BatchCall, type TracedBatch, traceBatch } from './suite-batch.ts';
import type { Suite } from './suite-files.ts';

/** Calls of more rows are no samples. */
const MAX_ROWS = 60_000;
/** Calls of a module that are looked at for one instruction. */
const MAX_TRIES = 8;

/** Instructions that the translation may make no row for: executed where their function was. */
const ROWLESS: ReadonlySet<string> = new Set([
  ...['nop', 'block', 'loop', 'else', 'end', 'drop', 'br', 'return'],
  ...['local.get', 'local.set', 'local.tee', 'i32.const', 'i64.const', 'f32.const', 'f64.const'],
  ...['ref.null', 'ref.func', 'table.size', 'elem.drop', 'data.drop', 'i64.extend_i32_u'],
  ...['i32.reinterpret_f32', 'i64.reinterpret_f64', 'f32.reinterpret_i32', 'f64.reinterpret_i64'],
]);

/** As {@link describeStatus} says it. Two need imports that the suite does not have; test/e2e/traps.test.ts proves them. */
const trapName = (text: string): string => `trapped: ${text}`;
const TRAP_NAMES: readonly string[] = Object.values(TRAPS)
  .filter((trap) => trap !== TRAPS.requireFailed)
  .map(({ text }) => trapName(text));

/** Instructions, and traps by {@link trapName}, that a call shows. */
type Shown = ReadonlySet<string>;

/** Assertions that are proven together: calls of one module from its instantiation on; at most the last one traps. */
export interface Sample {
  readonly file: string;
  readonly module: Module;
  readonly calls: readonly BatchCall[];
  /** Instructions and traps that no sample before it has. */
  readonly shows: readonly string[];
}

export interface Samples {
  readonly samples: readonly Sample[];
  /** Supported instructions that no assertion executes, and traps that none meets. */
  readonly missing: readonly string[];
}

interface Candidate {
  readonly file: string;
  readonly module: Module;
  readonly calls: BatchCall[];
  /** What a call of an export can show; by the name of a trap the trap. */
  readonly reach: Map<string, Shown>;
}

/** Chooses among the assertions of these files. */
export async function chooseSamples(suite: Suite, files: readonly string[]): Promise<Samples> {
  const candidates = new Map<Module, Candidate>();
  for (const file of files) {
    const onCall = (module: Module, call: BatchCall): void => {
      const found: Candidate = candidates.get(module) ?? { file, module, calls: [], reach: new Map() };
      candidates.set(module, found);
      if (call.rows > MAX_ROWS) return;
      found.calls.push(call);
      const trap = trapOf(call);
      if (trap !== undefined) found.reach.set(trap, new Set([trap]));
      if (!found.reach.has(call.entry)) found.reach.set(call.entry, reachOf(module, call.entry));
    };
    await runSuiteFile(suite, file, { checked: false, onCall });
  }
  const open = new Set([...SUPPORTED.instructions, ...TRAP_NAMES]);
  const samples: Sample[] = [];
  const left = new Set(candidates.values());
  for (;;) {
    const useful = (candidate: Candidate): number =>
      new Set([...candidate.reach.values()].flatMap((names) => [...names].filter((name) => open.has(name))))
        .size;
    const [best] = [...left].sort((a, b) => useful(b) - useful(a));
    if (best === undefined || useful(best) === 0) break;
    left.delete(best);
    samples.push(...samplesOf(best, open));
  }
  return { samples, missing: [...open] };
}

/** Takes what this module's calls execute out of `open`. */
function samplesOf({ file, module, calls, reach }: Candidate, open: Set<string>): Sample[] {
  const returning: BatchCall[] = [];
  const trapping: Sample[] = [];
  const found: string[] = [];
  const tries = new Map<string, number>();
  for (const call of calls) {
    const trap = trapOf(call);
    // A call that traps shows nothing of an instruction's result; `unreachable` has none.
    const own = trap === undefined ? [...(reach.get(call.entry) ?? [])] : [trap, 'unreachable'];
    const hoped = own.filter((name) => open.has(name));
    const tried = Math.min(...hoped.map((name) => tries.get(name) ?? 0));
    if (hoped.length === 0 || tried >= MAX_TRIES) continue;
    for (const name of hoped) tries.set(name, (tries.get(name) ?? 0) + 1);
    const batch = traceBatch(module, undefined, trap === undefined ? [...returning, call] : [call]);
    // It depends on calls that were not chosen.
    if (batch.wrong !== undefined) continue;
    const executed = executedBy(module, batch);
    const shows = hoped.filter((name) => name === trap || executed.has(name));
    if (shows.length === 0) continue;
    for (const name of shows) open.delete(name);
    if (trap !== undefined) trapping.push({ file, module, calls: [call], shows });
    else {
      returning.push(call);
      found.push(...shows);
    }
  }
  return returning.length === 0 ? trapping : [{ file, module, calls: returning, shows: found }, ...trapping];
}

function trapOf({ status }: BatchCall): string | undefined {
  const { kind, text } = describeStatus(status);
  return kind === 'trapped' ? text : undefined;
}

/** Names of the instructions in an exported function and what it can call. */
function reachOf(module: Module, entry: string): Shown {
  const names = new Set<string>();
  const seen = new Set<number>();
  const queue = [module.exports.find(({ name, kind }) => name === entry && kind === 'func')?.index ?? -1];
  const imported = module.functions[0]?.index ?? 0;
  for (let index = queue.pop(); index !== undefined; index = queue.pop()) {
    if (seen.has(index)) continue;
    seen.add(index);
    for (const { op, index: callee } of module.functions[index - imported]?.instructions ?? []) {
      names.add(opcodeById(op)?.name ?? '');
      if (op === OP.call) queue.push(callee);
      if (op === OP.call_indirect) queue.push(...module.functions.map((func) => func.index));
    }
  }
  return names;
}

/** Names of the instructions that rows of the trace belong to, and of those without rows in the functions it was in. */
function executedBy(module: Module, { program, traced }: TracedBatch): Shown {
  const places = new Set<string>();
  const functions = new Set<number>();
  for (const pc of executedRows(traced)) {
    const index = program.code.functionIndex[pc];
    functions.add(index);
    places.add(`${index}:${program.code.offset[pc]}`);
  }
  const names = new Set<string>();
  for (const { index, instructions } of module.functions) {
    if (!functions.has(index)) continue;
    for (const { op, offset } of instructions) {
      const name = opcodeById(op)?.name ?? '';
      if (places.has(`${index}:${offset}`) || ROWLESS.has(name)) names.add(name);
    }
  }
  return names;
}

function executedRows({ chips }: Trace): Set<number> {
  const pcs = new Set<number>();
  for (const { records, stride, rows } of (Object.keys(chips) as ChipName[]).map((name) => chips[name])) {
    for (let row = 0; row < rows; row++) pcs.add(records[row * stride]);
  }
  return pcs;
}

/** Proves the calls as one program and verifies the proof, through the façade, as a document would be. */
export async function proveSample(session: Session, { module, calls }: Sample): Promise<void> {
  const { program, traced, wrong } = traceBatch(module, undefined, calls);
  if (wrong !== undefined) throw new Error(wrong);
  await proveTrace(session, program, traced);
}

async function proveTrace(session: Session, program: Program, traced: Trace): Promise<void> {
  const { engine, srs, provingKey, verifyingKey } = session;
  const { proving, programId } = await identify(session, program);
  const witness = fillWitness(engine, provingKey.layout.system, program, traced);
  try {
    const { publicInputs, publicOutputs, status } = traced;
    const statement = { publicInputs, publicOutputs, status };
    const made = await prove({ engine, srs, key: provingKey, program: proving, witness, statement });
    const document = {
      system: verifyingKey.shape.version,
      machine: machineDigest(verifyingKey),
      verifyingKey: verifyingKey.digest,
      shards: 1,
      insecure: verifyingKey.insecure,
      programId,
      programKey: proving.key,
      entry: program.entryName,
      statement,
      proof: `0x${bytesToHex(made.proof)}`,
    } as const;
    await verify(session, { document, programId, expect: status });
  } finally {
    for (const chip of witness) engine.free(...chip.columns);
    await proving.table?.release(engine);
  }
}
