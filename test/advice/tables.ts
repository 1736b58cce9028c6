/** All advices, by what they are about. */
import { CALLS } from './calls.ts';
import { CHAINS } from './chains.ts';
import { CLIENTS } from './clients.ts';
import { COMMAND } from './command.ts';
import { FILES } from './files.ts';
import { HARDHAT } from './hardhat.ts';
import { INPUTS } from './inputs.ts';
import type { Table } from './lib/follow.ts';
import { LONG_RUNS } from './long-runs.ts';
import { MODULES } from './modules.ts';
import { PAGES } from './pages.ts';
import { PROOFS } from './proofs.ts';
import { TYPED } from './typed.ts';

export const TABLES: Readonly<Record<string, Table>> = {
  'command line': COMMAND,
  'inputs and sessions': INPUTS,
  calls: CALLS,
  files: FILES,
  modules: MODULES,
  'proofs and keys': PROOFS,
  'typed programs': TYPED,
  chains: CHAINS,
  clients: CLIENTS,
  hardhat: HARDHAT,
  'workers of pages': PAGES,
  'long runs, queues, ceremonies': LONG_RUNS,
};
