/** Proofs of a run that jobs of joins can be done of: which run it is, and a place to do them, which keeps the rows of the last program. */
import { fail } from '../../errors/index.ts';
import { FR_MODULUS } from '../../field/field.ts';
import { Reader } from '../../json/reader.ts';
import type { Statement } from '../../plonk/declare/declare.ts';
import type { Hex, ProgramKey } from '../../plonk/keys/key.ts';
import { bigintsAsHex, readProgramKey } from '../../plonk/keys/key-json.ts';
import type { ProveOptions } from '../../plonk/prove/parameters.ts';
import type { SharedChallenges } from '../../plonk/verify/proof.ts';
import { MAX_SHARDS } from '../../plonk/verify/run.ts';
import type { JoinProver, Joins } from '../../recursion/joins.ts';
import { type Part, planParts } from '../../recursion/tree.ts';
import type { InnerProof } from '../../recursion/verifier/parts.ts';
import { TRANSCRIPTS } from '../../transcript/transcript.ts';
import { proverOptions, type Session } from '../session/session.ts';
import type { JobOptions, JoinJob, PartResult, WrapJob } from './jobs.ts';
import { ORDER_ERRORS, type RunTerms } from './order.ts';

/** What all jobs of joining a run have in common. Nothing in it is secret: it follows from the proofs and what they say. */
export interface JoinOrder {
  /** Of the proofs that are joined. */
  readonly terms: Pick<RunTerms, 'system' | 'transcript' | 'keys'>;
  /** Digest of the key of its small proof, which has the list of all programs in it. */
  readonly wrapKey: Hex;
  readonly program: ProgramKey;
  readonly statement: Statement;
  readonly shards: number;
  /** Of the run. */
  readonly challenges: SharedChallenges;
}

/** As text (JSON). */
export const encodeJoinOrder = (order: JoinOrder): string => JSON.stringify(order, bigintsAsHex);

/** @throws RUN_MISMATCH for a text that {@link encodeJoinOrder} of this version does not write */
export function decodeJoinOrder(text: string): JoinOrder {
  const top = Reader.parse(text, 'order of joins', ORDER_ERRORS);
  const [terms, statement, challenges] = [top.at('terms'), top.at('statement'), top.at('challenges')];
  const words = (name: string): bigint[] => statement.at(name).list((item) => item.number(1n << 64n));
  return {
    terms: {
      system: terms.at('system').text(),
      transcript: terms.at('transcript').oneOf(TRANSCRIPTS),
      keys: terms.at('keys').hex(32),
    },
    wrapKey: top.at('wrapKey').hex(32),
    shards: top.at('shards').integer(MAX_SHARDS),
    program: readProgramKey(top.at('program')),
    statement: {
      publicInputs: words('publicInputs'),
      publicOutputs: words('publicOutputs'),
      status: statement.at('status').number(1n << 64n),
    },
    challenges: {
      alpha: challenges.at('alpha').number(FR_MODULUS),
      beta: challenges.at('beta').number(FR_MODULUS),
    },
  };
}

/** @throws RUN_MISMATCH where joins are under other keys here; SRS_TOO_SMALL */
export async function openJoining(session: Session, order: JoinOrder): Promise<OpenJoining> {
  const joins = await session.joins();
  if (joins.wrap.key.key.digest !== order.wrapKey) {
    fail('RUN_MISMATCH', 'the run is joined under other keys', { where: 'job', fix: ORDER_ERRORS.fix });
  }
  // Loaded here: most sessions join nothing.
  const { JoinProver, wrapJoined } = await import('../../recursion/joins.ts');
  const plan = planParts(order.shards);
  return new OpenJoining(session, order, joins, { plan, prover: new JoinProver(joins), wrapJoined });
}

interface Tools {
  readonly plan: readonly Part[];
  readonly prover: JoinProver;
  readonly wrapJoined: typeof import('../../recursion/joins.ts').wrapJoined;
}

/** What it makes is for others to verify. */
export class OpenJoining {
  readonly #session: Session;
  readonly #order: JoinOrder;
  readonly #joins: Joins;
  #tools: Tools | undefined;

  constructor(session: Session, order: JoinOrder, joins: Joins, tools: Tools) {
    this.#session = session;
    this.#order = order;
    this.#joins = joins;
    this.#tools = tools;
  }

  /** @throws the PROOF_… errors of the verifier for what is wrong below; as `prove` */
  async join({ part: index, below }: JoinJob, options: JobOptions = {}): Promise<PartResult> {
    const { plan, prover } = this.#opened();
    const part = plan[index];
    if (part === undefined || below.length !== (part.children.length || part.count)) this.#mismatch();
    const { program, challenges } = this.#order;
    const given =
      part.children.length === 0
        ? { shards: below }
        : { parts: part.children.map((child, i) => this.#innerProof(plan[child]!, below[i]!)) };
    const run = { ...challenges, program };
    return { proof: await prover.prove(part, run, given, this.#parameters(options)) };
  }

  /** @throws as {@link join} */
  async wrap({ last }: WrapJob, options: JobOptions = {}): Promise<PartResult> {
    const { plan, wrapJoined } = this.#opened();
    const { program, statement } = this.#order;
    const about = { program, statement, last: this.#innerProof(plan.at(-1)!, last) };
    return { proof: await wrapJoined(this.#joins, about, this.#parameters(options)) };
  }

  dispose(): void {
    this.#tools = undefined;
  }

  #innerProof({ program }: Part, proof: Uint8Array): InnerProof {
    return { program: this.#joins.programs[program]!, proof };
  }

  #parameters({ signal, onProgress }: JobOptions): ProveOptions {
    if (signal?.aborted === true) {
      fail('ABORTED', 'joining was interrupted', { fix: 'Start it again', cause: signal.reason });
    }
    onProgress?.('commit', 0);
    return {
      ...proverOptions(this.#session, signal),
      onProgress: ({ phase, fraction }) => onProgress?.(phase, fraction),
    };
  }

  #opened(): Tools {
    return this.#tools ?? this.#mismatch();
  }

  #mismatch(): never {
    return fail('RUN_MISMATCH', 'the job is of no part of this run', { where: 'job', fix: ORDER_ERRORS.fix });
  }
}
