import type { Command } from 'commander';
import { type ProofDocument, readProofDocument } from '../../attest/document.ts';
import { verify } from '../../attest/verify.ts';
import { isWattestError } from '../../errors/index.ts';
import { readBytes, readText } from '../files.ts';
import { printJson, printTable } from '../options.ts';
import { type SessionFlags, withSession, withSessionOptions } from '../session.ts';
import { formatWords } from './run.ts';

interface Flags extends SessionFlags {
  readonly program: string;
  readonly invoke?: string;
  readonly json?: boolean;
}

/** `wattest verify`: exit code 0 accepted, 1 rejected. */
export function registerVerify(program: Command): void {
  withSessionOptions(
    program
      .command('verify')
      .description('verify a proof file; exit code 0 accepted, 1 rejected')
      .argument('<proof>', 'the proof file')
      .requiredOption('--program <file>', 'the WebAssembly module that the proof must be about')
      .option('--invoke <name>', 'the export that must have been entered; default: the one the proof names')
      .option('--json', 'one JSON object on standard output'),
  ).action(verifyCommand);
}

async function verifyCommand(file: string, flags: Flags): Promise<void> {
  const document = readProofDocument(await readText(file), file);
  const wasm = await readBytes(flags.program);
  try {
    await withSession(flags, ({ session }) =>
      verify(session, { document, wasm, ...(flags.invoke === undefined ? {} : { invoke: flags.invoke }) }),
    );
  } catch (error) {
    // A refusal is an answer; bad input or environment is not.
    if (flags.json === true && isWattestError(error) && error.exitCode === 1) {
      printJson({ accepted: false, reason: error.code, message: error.message });
      process.exitCode = 1;
      return;
    }
    throw error;
  }
  if (flags.json === true) printJson({ accepted: true, ...summary(document) });
  else print(document);
}

function summary({ programId, entry, statement, insecure }: ProofDocument): Record<string, unknown> {
  return { programId, entry, ...statement, insecure };
}

function print(document: ProofDocument): void {
  const { statement } = document;
  printTable([
    ['accepted', document.insecure ? 'yes, under an insecure development SRS' : 'yes'],
    ['program id', document.programId],
    ['entered at', document.entry],
    ['public inputs', formatWords(statement.publicInputs)],
    ['public outputs', formatWords(statement.publicOutputs)],
    ['status', String(statement.status)],
  ]);
}
