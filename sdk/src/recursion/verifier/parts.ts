/** Inner proofs by the native verifier: what they say, whether that is what is wanted, and what joins and wraps of them come to. */
import { bytesToNumberBE } from '@noble/curves/utils.js';
import { fail } from '../../errors/index.ts';
import { Fr } from '../../field/field.ts';
import type { Statement } from '../../plonk/declare/declare.ts';
import { ITEM_BYTES, SELECTOR_BYTES, schedule, sendsHeights } from '../../plonk/declare/schedule.ts';
import { type ProgramKey, programDigest } from '../../plonk/keys/key.ts';
import { takeStatement } from '../../plonk/verify/proof.ts';
import { statementHalves } from '../../plonk/verify/public-terms.ts';
import { challengesOfRoot, rootOf } from '../../plonk/verify/run.ts';
import {
  checkProgramKey,
  deferRecursive,
  type RecursiveClaim,
  takeProgramKey,
  verifyRecursive,
} from '../../plonk/verify/verifier.ts';
import { word } from '../../transcript/encode.ts';
import type { ProgramInputs } from '../program.ts';
import { allowedRange } from './heights.ts';
import {
  type InnerClaim,
  type InnerRun,
  innerMessageCount,
  innerMessages,
  innerPublics,
  programsDigest,
} from './inner-vector.ts';
import { inSequence, recursiveInputs } from './inputs.ts';
import type { JoinKeys } from './join.ts';
import { combineNative, type NativeClaim } from './pairs.ts';
import { type WrapClaim, wrapPublics } from './wrap.ts';

/** An inner proof with the key of the program that made it. */
export interface InnerProof {
  readonly program: ProgramKey;
  readonly proof: Uint8Array;
}

/** What a part says of its own shards, whatever the run is. */
export type PartClaim = Pick<InnerClaim, 'first' | 'count' | 'closes' | 'root' | 'sum'>;

/** A run, and the list that its T is the digest of. */
export interface ListedRun extends Omit<InnerRun, 'programs'> {
  /** Digests of all programs of leaves and joins. */
  readonly list: readonly bigint[];
}

const innerRun = ({ list, alpha, beta, program }: ListedRun): InnerRun => ({
  ...{ alpha, beta, program },
  programs: bytesToNumberBE(programsDigest(list)),
});

/** More shards than a run has, and few enough for a number. */
const MOST = 2n ** 32n;

/**
 * What the messages of an inner proof say of its shards, if they are of this run.
 * @throws PROOF_PART
 */
export function readMessages(run: InnerRun, messages: readonly bigint[]): PartClaim {
  if (messages.length !== innerMessageCount(run.program.commitments.length)) {
    return refuse('has another number of messages');
  }
  const [first, count, closes, root, sum] = messages.slice(-5) as [bigint, bigint, bigint, bigint, bigint];
  if (first >= MOST || count >= MOST || closes > 1n) return refuse('is of no shards that a run has');
  const part = { first: Number(first), count: Number(count), closes: closes === 1n, root, sum };
  const expected = innerMessages({ ...run, ...part });
  if (expected.some((message, i) => message !== messages[i])) {
    return refuse('is of another run, or under another list of programs');
  }
  return part;
}

/** The program key, each part read once, as the verifier is given it then. @throws PROOF_PART, KEY_INVALID */
function takeListed({ inner }: JoinKeys, list: readonly bigint[], given: ProgramKey): ProgramKey {
  const program = takeProgramKey(given);
  checkProgramKey(inner, program, schedule(inner.shape));
  if (list.includes(bytesToNumberBE(programDigest(program)))) return program;
  return refuse('was made by a program that is not in the list');
}

function refuse(problem: string): never {
  return fail('PROOF_PART', `the proof ${problem}`, {
    where: 'inner proof',
    fix: 'Make it again from the proofs that it is about, with this release',
  });
}

/**
 * Verifies an inner proof, its pairing and that of what it carries included: it is of a program of the list and says this of this run.
 * @throws PROOF_PART, and the PROOF_… errors of the verifier
 */
export function verifyPart(
  keys: JoinKeys,
  run: ListedRun,
  { program: given, proof, says }: InnerProof & { readonly says: PartClaim },
): void {
  const program = takeListed(keys, run.list, given);
  const own = innerRun(run);
  const found = readMessages(own, verifyRecursive({ key: keys.inner, program, proof }));
  const message = (part: PartClaim): string => innerMessages({ ...own, ...part }).join();
  if (message(found) !== message(says)) refuse('is of other shards');
}

const claimOf = ({ carried: { pair }, ...own }: RecursiveClaim): NativeClaim => ({
  ...own,
  carried: { first: pair.A, second: pair.B },
});

export interface JoinParameters extends ListedRun {
  /** Of consecutive parts, in order; all but the last of full ones. */
  readonly parts: readonly InnerProof[];
}

/**
 * What the parts come to by the native verifier, but for the pairings.
 * @throws PROOF_PART for parts that do not follow one another or are of another run or program; the PROOF_… errors of the verifier
 */
export function joinClaim(keys: JoinKeys, { parts, ...listed }: JoinParameters): InnerClaim {
  const run = innerRun(listed);
  const opened = parts.map(({ program: given, proof }) => {
    const program = takeListed(keys, listed.list, given);
    const claim = deferRecursive({ key: keys.inner, program, proof });
    return { claim, says: readMessages(run, claim.carried.messages) };
  });
  let next = opened[0]!.says.first;
  for (const [i, { says }] of opened.entries()) {
    if (says.first !== next) refuse('does not begin where the one before it ends');
    if (says.closes && i < opened.length - 1) refuse('ends with the closing shard, and others follow');
    next += says.count;
  }
  const { first } = opened[0]!.says;
  const root = rootOf(
    'poseidon2',
    opened.map(({ says }) => word(says.root)),
  );
  return {
    ...run,
    ...{ first, count: next - first, closes: opened.at(-1)!.says.closes },
    root: bytesToNumberBE(root),
    sum: opened.reduce((total, { says }) => Fr.add(total, says.sum), 0n),
    pair: combineNative(opened.map(({ claim }) => claimOf(claim))),
  };
}

/** What the program of a join is run on for these proofs. @throws as `recursiveInputs` */
export function joinInputs(
  { inner }: JoinKeys,
  { claim, list, parts }: { readonly claim: InnerClaim } & Pick<JoinParameters, 'list' | 'parts'>,
): ProgramInputs {
  const range = allowedRange(inner);
  const inputs = parts.map((part) => {
    const { count, root, sum } = says(inner, part);
    return inSequence([{ elements: [count, root, sum], points: [] }, recursiveInputs(inner, range, part)]);
  });
  return { publics: innerPublics(claim), ...inSequence([{ elements: [...list], points: [] }, ...inputs]) };
}

export interface WrapJoinParameters extends InnerProof {
  /** Of the run. */
  readonly run: ProgramKey;
  readonly statement: Statement;
  readonly list: readonly bigint[];
}

/**
 * What the proof of a whole run comes to: all is checked but the pairings, and that the sum is the statement's.
 * @throws as {@link joinClaim}
 */
export function wrapJoinClaim(keys: JoinKeys, parameters: WrapJoinParameters): WrapClaim {
  const { list, proof } = parameters;
  const program = takeListed(keys, list, parameters.program);
  const statement = takeStatement(parameters.statement);
  const run = takeProgramKey(parameters.run);
  const claim = deferRecursive({ key: keys.inner, program, proof });
  const { messages } = claim.carried;
  const [count, , root, sum] = messages.slice(-4) as [bigint, bigint, bigint, bigint];
  if (count < 2n || count >= MOST) refuse('is of no run of several shards');
  const subject = { hash: 'poseidon2', program: run, statement } as const;
  const challenges = challengesOfRoot(word(root), Number(count), subject);
  const part = readMessages(innerRun({ list, program: run, ...challenges }), messages);
  if (part.first !== 0 || !part.closes) refuse('is of a part of the run');
  return {
    ...{ ...challenges, program: run, statement: statementHalves(statement), sum },
    pair: combineNative([claimOf(claim)]),
  };
}

/** What the program is run on for the proof. @throws as `recursiveInputs` */
export function wrapJoinInputs(
  { inner }: JoinKeys,
  { claim, ...part }: InnerProof & { readonly claim: WrapClaim },
): ProgramInputs {
  const { count, root } = says(inner, part);
  const given = { elements: [count, root], points: [] };
  return {
    publics: wrapPublics(claim),
    ...inSequence([given, recursiveInputs(inner, allowedRange(inner), part)]),
  };
}

/** The last messages as they stand in the proof: they are not judged here. */
function says(
  { shape }: JoinKeys['inner'],
  { proof }: InnerProof,
): { count: bigint; root: bigint; sum: bigint } {
  const { messages } = shape.recursion!;
  const free = sendsHeights(shape.recursion, schedule(shape).heights.length) ? ITEM_BYTES.heights : 0;
  const from = SELECTOR_BYTES + free + ITEM_BYTES.scalar * messages;
  const back = (i: number): bigint => bytesToNumberBE(proof.subarray(from - 32 * i, from - 32 * (i - 1)));
  return { count: back(4), root: back(2), sum: back(1) };
}
