/** What a worker does of a job: opens its run from the vault, unless that is open, does it, and puts the result there. */
import { bytesToHex } from '@noble/hashes/utils.js';
import type { CommitResult, JobOptions, ShardResult } from '../attest/jobs/jobs.ts';
import { type OpenRun, openRun } from '../attest/jobs/open.ts';
import { decodeOrder, ORDER_ERRORS } from '../attest/jobs/order.ts';
import type { Session } from '../attest/session/session.ts';
import { Reader } from '../json/reader.ts';
import { decodePlan, MODULE, ORDER, PLAN, resultName, TOTAL, usesName } from './entries.ts';
import { type JobMessage, jobName } from './messages.ts';
import type { JobStore } from './store/store.ts';
import { openVault, type QueueSecret, type Vault } from './vault.ts';

export type Performed = CommitResult | ShardResult;

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
  readonly run: Promise<OpenRun>;
}

/** Runs that stay open: two provers' jobs may alternate, and a run that is opened is executed anew. */
const MOST_OPEN = 2;

export function performer(session: Session, store: JobStore, secret: QueueSecret): Performer {
  /** In the order of their last use. */
  const opened = new Map<string, Opened>();
  const close = async (name: string): Promise<void> => {
    const found = opened.get(name);
    opened.delete(name);
    await found?.run.then((run) => run.dispose()).catch(() => {});
  };
  const open = async (name: string): Promise<Opened> => {
    const found = opened.get(name);
    if (found !== undefined) {
      opened.delete(name);
      opened.set(name, found);
      return found;
    }
    for (const other of [...opened.keys()].slice(0, Math.max(0, opened.size + 1 - MOST_OPEN)))
      await close(other);
    const vault = await openVault(store, secret, name);
    const order = decodeOrder(new TextDecoder().decode(await vault.require(ORDER)));
    const wasm = await vault.require(MODULE);
    const plan = decodePlan(await vault.require(PLAN));
    const made = { vault, run: openRun(session, wasm, order, { plan }) };
    opened.set(name, made);
    try {
      await made.run;
    } catch (error) {
      opened.delete(name);
      throw error;
    }
    return made;
  };

  return {
    perform: async (message, options) => {
      const { run: name, kind, shard } = message;
      const { vault, run: opening } = await open(name);
      const run = await opening;
      const told = Reader.parse(
        new TextDecoder().decode(await vault.unseal(`job.${jobName(message)}`, message.sealed)),
        `job ${jobName(message)}`,
        ORDER_ERRORS,
      );
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
