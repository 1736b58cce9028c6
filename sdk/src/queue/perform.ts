/** What a worker does of a job: opens its run from the vault, unless that is open, does it, and puts the result there. */
import { bytesToHex } from '@noble/hashes/utils.js';
import type { CommitResult, JobOptions, PartResult, ShardResult } from '../attest/jobs/jobs.ts';
import { decodeJoinOrder, OpenJoining, openJoining } from '../attest/jobs/joining.ts';
import { type OpenRun, openRun } from '../attest/jobs/open.ts';
import { decodeOrder, ORDER_ERRORS } from '../attest/jobs/order.ts';
import type { Session } from '../attest/session/session.ts';
import { fail } from '../errors/index.ts';
import { Reader } from '../json/reader.ts';
import { belowName, decodePlan, JOINS, MODULE, ORDER, PLAN, resultName, TOTAL, usesName } from './entries.ts';
import { type JobKind, type JobMessage, jobName } from './messages.ts';
import type { JobStore } from './store/store.ts';
import { openVault, type QueueSecret, type Vault } from './vault.ts';

export type Performed = CommitResult | ShardResult | PartResult;

export interface Performer {
  /** @throws as the jobs themselves; STORE_FAILED, STORE_FORGED */
  perform(message: JobMessage, options: JobOptions): Promise<Performed>;
  deliver(message: JobMessage, worker: string, performed: Performed): Promise<void>;
  /** Of a run that is no more: closes it and removes what the store has of it. */
  forget(run: string): Promise<void>;
  dispose(): Promise<void>;
}

interface Opened {
  readonly vault: Vault;
  /** Of its shards, or of what they are joined to: those are runs of their own here. */
  readonly run: OpenRun | OpenJoining;
}

/** Runs that stay open: two provers' jobs may alternate, and a run that is opened is executed anew. */
const MOST_OPEN = 2;
/** More than any part of a tree is made of. */
const MOST_BELOW = 64;

const joins = (kind: JobKind): boolean => kind === 'join' || kind === 'wrap';

const otherRun = (kind: JobKind): never =>
  fail('RUN_MISMATCH', `the run has no job of the kind ${kind}`, { where: 'job', fix: ORDER_ERRORS.fix });

export function performer(session: Session, store: JobStore, secret: QueueSecret): Performer {
  /** In the order of their last use. */
  const opened = new Map<string, Opened>();
  const close = async (name: string): Promise<void> => {
    const found = opened.get(name);
    opened.delete(name);
    await found?.run.dispose();
  };
  const open = async ({ run: name, kind }: JobMessage): Promise<Opened> => {
    const found = opened.get(name);
    if (found !== undefined) {
      opened.delete(name);
      opened.set(name, found);
      return found;
    }
    for (const other of [...opened.keys()].slice(0, Math.max(0, opened.size + 1 - MOST_OPEN)))
      await close(other);
    const vault = await openVault(store, secret, name);
    const made = { vault, run: await (joins(kind) ? openJoins : openShards)(vault) };
    opened.set(name, made);
    return made;
  };
  const textOf = async (vault: Vault, name: string): Promise<string> =>
    new TextDecoder().decode(await vault.require(name));
  const openShards = async (vault: Vault): Promise<OpenRun> => {
    const order = decodeOrder(await textOf(vault, ORDER));
    const wasm = await vault.require(MODULE);
    const plan = decodePlan(await vault.require(PLAN));
    return openRun(session, wasm, order, { plan });
  };
  const openJoins = async (vault: Vault): Promise<OpenJoining> =>
    openJoining(session, decodeJoinOrder(await textOf(vault, JOINS)));

  return {
    perform: async (message, options) => {
      const { kind, shard } = message;
      const { vault, run } = await open(message);
      const told = Reader.parse(
        new TextDecoder().decode(await vault.unseal(`job.${jobName(message)}`, message.sealed)),
        `job ${jobName(message)}`,
        ORDER_ERRORS,
      );
      if (run instanceof OpenJoining) {
        const below: Uint8Array[] = [];
        const number = told.at('below').integer(MOST_BELOW);
        for (let i = 0; i < number; i++) below.push(await vault.require(belowName(message, i)));
        if (kind === 'join') return run.join({ part: shard, below }, options);
        return kind === 'wrap' && below.length === 1
          ? run.wrap({ last: below[0]!, parts: shard }, options)
          : otherRun(kind);
      }
      if (joins(kind)) otherRun(kind);
      const uses = told.at('closing').boolean() ? { uses: await vault.require(TOTAL) } : {};
      if (kind === 'commit') return run.commit({ shard, ...uses }, options);
      const head = told.at('head').bytes();
      const [root, token] = [told.at('root').hex(32), told.at('token').hex(32)];
      const shards = told.at('shards').integer();
      return run.prove({ shard, shards, head, root, token, ...uses }, options);
    },
    deliver: async (message, worker, performed) => {
      const vault = await openVault(store, secret, message.run);
      // The result last: it says that all is there.
      if ('uses' in performed && performed.uses !== undefined)
        await vault.put(usesName(message), performed.uses);
      const result =
        'proof' in performed
          ? { proof: `0x${bytesToHex(performed.proof)}` }
          : { head: `0x${bytesToHex(performed.head)}` };
      await vault.put(resultName(message), new TextEncoder().encode(JSON.stringify({ worker, ...result })));
    },
    forget: async (name) => {
      await close(name);
      await store.remove(name);
    },
    dispose: async () => {
      for (const name of [...opened.keys()]) await close(name);
    },
  };
}
