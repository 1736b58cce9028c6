/** Options that choose the key of a command. */
import type { Command } from 'commander';
import { DEFAULT_MAX_LOG } from '../attest/session/session.ts';
import { TABLES_LOG } from '../machine/chips/tables.ts';
import { MAX_CHIP_LOG } from '../machine/program.ts';
import { positiveNumber, wholeNumber } from './options.ts';

export interface SessionFlags {
  readonly srs?: string;
  readonly maxLog?: number;
  readonly threads?: number;
  /** No flag: whether more than one proof will be made. */
  readonly keepPoints?: boolean;
}

/** Options that choose the key. The key decides the verifier contract, so all commands of one use must agree. */
export function withSessionOptions(command: Command): Command {
  return command
    .option('--srs <file>', 'powers-of-tau ceremony file (.ptau); default: an insecure development SRS')
    .option(
      '--max-log <k>',
      `log2 of the tallest chip that a proof may have, ${TABLES_LOG} to ${MAX_CHIP_LOG}; part of the key (default ${DEFAULT_MAX_LOG})`,
      wholeNumber,
    )
    .option('--threads <count>', 'threads of the kernels (default: one a core, at most 8)', positiveNumber);
}
