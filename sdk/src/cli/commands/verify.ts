import { type Command, InvalidArgumentError } from 'commander';
import { type LoadedProgram, loadProgram } from '../../attest/module/load.ts';
import { readProofDocument } from '../../attest/proof/document.ts';
import { type Accepted, verify } from '../../attest/proof/verify.ts';
import { type Outputs, outputsOf, publicArgumentWords } from '../../attest/run/arguments.ts';
import { chosenByProver, decodeStdin } from '../../attest/run/streams.ts';
import { isWattestError } from '../../errors/index.ts';
import { FAILURES, type FailureName, STATUS_EXITED, statusOfFailure } from '../../machine/program.ts';
import { describeStatus, type ExpectedStatus } from '../../machine/status.ts';
import { readBytes, readProofText } from '../files.ts';
import {
  formatReturned,
  formatText,
  formatWordLines,
  returnedJson,
  statusJson,
  textOf,
  type WordTypes,
} from '../format.ts';
import { printJson, printTable } from '../options.ts';
import { type SessionFlags, withKeys, withSessionOptions } from '../session.ts';

interface Flags extends SessionFlags {
  readonly program: string;
  readonly invoke?: string;
  readonly expect: ExpectedStatus;
  readonly json?: boolean;
}

const KINDS: readonly ExpectedStatus[] = ['returned', 'exited', 'trapped', 'refused', 'any'];
/** `trapped:integer divide by zero` and the like. */
const FAILURE_OF_TEXT: ReadonlyMap<string, bigint> = new Map(
  (Object.keys(FAILURES) as FailureName[]).map((name) => {
    const status = statusOfFailure(name);
    return [describeStatus(status).text.replace(': ', ':'), status];
  }),
);

function expectedStatus(text: string): ExpectedStatus {
  const kind = KINDS.find((name) => name === text);
  if (kind !== undefined) return kind;
  const exited = /^exited:(\d{1,10})$/.exec(text)?.[1];
  if (exited !== undefined && Number(exited) < 2 ** 32) return STATUS_EXITED + BigInt(exited);
  const failure = FAILURE_OF_TEXT.get(text);
  if (failure !== undefined) return failure;
  if (/^(trapped|refused):/.test(text)) {
    throw new InvalidArgumentError(`These are: ${[...FAILURE_OF_TEXT.keys()].join(', ')}`);
  }
  if (/^\d{1,20}$/.test(text)) {
    const status = BigInt(text);
    if (describeStatus(status).kind !== 'unknown') return status;
    throw new InvalidArgumentError(
      'No run ends with this status. It is 0, 4294967296 + exit code, 8589934592 + number of a trap, or 12884901888 + number of a refusal',
    );
  }
  throw new InvalidArgumentError(
    `Give one of ${KINDS.join(', ')}, exited:CODE, trapped:REASON, refused:REASON, or the status as a number`,
  );
}

/** `wattest verify`: exit code 0 accepted, 1 rejected. */
export function registerVerify(program: Command): void {
  withSessionOptions(
    program
      .command('verify')
      .description('verify a proof file; exit code 0 accepted, 1 rejected')
      .argument('<proof>', 'the proof file')
      .requiredOption('--program <file>', 'the WebAssembly module that the proof must be about (required)')
      .option(
        '--invoke <name>',
        'the export that must have been entered (default: the one that the proof file names, which is printed)',
      )
      .option(
        '--expect <status>',
        'how the run must have ended: returned, exited, trapped, refused, any, exited:3, "trapped:integer divide by zero", or a status number',
        expectedStatus,
        'returned',
      )
      .option('--json', 'one JSON object on standard output'),
  ).action(verifyCommand);
}

async function verifyCommand(file: string, flags: Flags): Promise<void> {
  const document = readProofDocument(await readProofText(file), file);
  const wasm = await readBytes(flags.program);
  let accepted: Accepted;
  try {
    accepted = await withKeys(flags, ({ session }) =>
      verify(session, {
        document,
        wasm,
        expect: flags.expect,
        ...(flags.invoke === undefined ? {} : { invoke: flags.invoke }),
      }),
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
  const loaded = loadProgram(wasm, accepted.entry);
  if (flags.json === true) {
    const { programId, entry, statement, status, shards, insecure } = accepted;
    const { returned, stdout } = readOutputs(accepted, loaded);
    printJson({
      accepted: true,
      programId,
      entry,
      ...statusJson(status),
      publicInputs: statement.publicInputs,
      publicOutputs: statement.publicOutputs,
      ...(stdout === undefined ? {} : { stdout: textOf(stdout) }),
      ...returnedJson(returned),
      shards,
      insecure,
    });
  } else print(accepted, loaded);
}

/** Of the public outputs the types, the value of a typed entry, and the bytes that a WASI program wrote. Results stand behind what was written. */
function readOutputs(
  { statement: { publicOutputs, status: word }, status }: Accepted,
  { program }: LoadedProgram,
): Pick<Outputs, 'returned' | 'stdout'> & { readonly types: WordTypes } {
  const types = status.kind === 'returned' ? program.entryType.results : [];
  const written = publicOutputs.slice(0, publicOutputs.length - types.length);
  const trap = status.kind === 'trapped' || status.kind === 'refused' ? status : undefined;
  const { outputs, results, returned, stdout } = outputsOf(program, {
    ...{ outputs: written, results: publicOutputs.slice(written.length), status: word, trap },
  });
  return { types: [...outputs, ...results].map((_, i) => types[i - written.length]), returned, stdout };
}

function print(accepted: Accepted, loaded: LoadedProgram): void {
  const { programId, entry, statement, status, shards, insecure } = accepted;
  const { types, returned, stdout } = readOutputs(accepted, loaded);
  const { entryType, streams, privatePoints, typed } = loaded.program;
  const skip =
    typed === undefined ? entryType.parameters.length : publicArgumentWords(typed, statement.publicInputs);
  const stdin = streams?.reads === true ? decodeStdin(statement.publicInputs, skip ?? 0) : undefined;
  const chosen = chosenByProver(new Set(privatePoints.map(({ source }) => source)));
  printTable([
    ['accepted', insecure ? 'yes, under an insecure development SRS' : 'yes'],
    ...(shards === 1
      ? []
      : [['proofs', `${shards} that only convince together; a contract takes one`] as const]),
    ['program id', programId],
    ['entered at', entry ?? ''],
    ['public inputs', formatWordLines(statement.publicInputs, entryType.parameters)],
    ...(stdin === undefined ? [] : [['stdin', formatText(stdin)] as const]),
    ['public outputs', formatWordLines(statement.publicOutputs, types)],
    ...(stdout === undefined ? [] : [['stdout', formatText(stdout)] as const]),
    ...(returned === undefined ? [] : [['returned', formatReturned(returned)] as const]),
    ['status', status.kind === 'returned' ? status.text : `${status.text} (status ${statement.status})`],
    ...(chosen.length === 0
      ? []
      : [['not proven', `${chosen.join(' and ')}, which the program can ask for`] as const]),
  ]);
}
