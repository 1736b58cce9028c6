import { type Command, InvalidArgumentError } from 'commander';
import type { LoadedProgram } from '../../attest/module/load.ts';
import { type ProofDocument, readProofDocument } from '../../attest/proof/document.ts';
import { greatestProofFileOf } from '../../attest/proof/document-limits.ts';
import { type Accepted, type VerifierKeys, verifyDocument } from '../../attest/proof/verify-document.ts';
import { type Outputs, outputsOf, publicArgumentWords, stringsOf } from '../../attest/run/arguments.ts';
import { chosenByProver, decodeStdin } from '../../attest/run/streams.ts';
import { fail, isWattestError } from '../../errors/index.ts';
import { FAILURES, type FailureName, STATUS_EXITED, statusOfFailure } from '../../machine/program.ts';
import { describeStatus, type ExpectedStatus } from '../../machine/status.ts';
import type { Hex, VerifyingKey } from '../../plonk/keys/key.ts';
import { verifyingKeyFromJson } from '../../plonk/keys/key-json.ts';
import { messageOf, readBytes, readModule, readProofText, readText } from '../files.ts';
import {
  formatReturned,
  formatText,
  formatWordLines,
  returnedJson,
  statusJson,
  textOf,
  type WordTypes,
} from '../format.ts';
import { type ImportFlags, importsOf, withImportOptions } from '../imports.ts';
import { type NamedPath, namedPath } from '../named-path.ts';
import { printJson, printTable } from '../options.ts';
import { type SessionFlags, withSessionOptions } from '../session-options.ts';
import { type TypedFlags, targetOf, typedRows, typedStatement } from '../typed.ts';

interface Flags extends SessionFlags, ImportFlags, Pick<TypedFlags, 'manifest' | 'typed'> {
  readonly program?: string;
  readonly id?: Hex;
  readonly key?: string;
  readonly closingKey?: string;
  readonly invoke?: string;
  readonly file?: readonly NamedPath[];
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
    withImportOptions(program.command('verify'))
      .argument('<proof>', 'the proof file')
      .option('--program <file>', 'the WebAssembly module that the proof must be about (this, --id, or both)')
      .option('--id <id>', 'the program id that it must be about, from somewhere you trust', programId)
      .option(
        '--manifest <file>',
        'take --program for a typed program of this manifest, and show its values; beside --key, where --id says what must be proven, for nothing else',
      )
      .option(
        '--key <file>',
        'the verifying key that `wattest key` wrote, of a proof that stands alone or of the shards of a run; takes no SRS, with --id',
      )
      .option('--closing-key <file>', 'for a run of several proofs: the key of its last one, beside --key')
      .option(
        '--invoke <name>',
        'the export that must have been entered (default: the one that the proof file names, which is printed)',
      )
      .option(
        '--file <name=path>',
        'a file that the run must have had, or its digest: NAME=sha256:DIGITS; all that it had, with --program',
        namedPath,
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

function programId(text: string): Hex {
  if (!/^0x[\da-f]{64}$/.test(text)) throw new InvalidArgumentError('It is not 0x and 64 hexadecimal digits');
  return text as Hex;
}

async function verifyCommand(file: string, given: Flags): Promise<void> {
  requireNamed(given);
  const flags = await withTyped(given);
  let verified: Verified;
  let values: Awaited<ReturnType<typeof typedStatement>> | undefined;
  try {
    verified =
      flags.key === undefined ? await verifyWithSession(file, flags) : await verifyWithFiles(file, flags);
    // A genuine proof of words that are no values is refused like any other.
    values = flags.typed && (await typedStatement(flags.typed, verified.accepted.statement));
  } catch (error) {
    // A refusal is an answer; bad input or environment is not.
    if (flags.json === true && isWattestError(error) && error.exitCode === 1) {
      printJson({ accepted: false, reason: error.code, message: messageOf(error) });
      process.exitCode = 1;
      return;
    }
    throw error;
  }
  const { accepted, loaded } = verified;
  if (flags.json === true) {
    const { programId: id, entry, statement, status, shards, insecure } = accepted;
    const { returned, stdout } = loaded === undefined ? WORDS_ALONE : readOutputs(accepted, loaded);
    printJson({
      accepted: true,
      programId: id,
      entry,
      ...statusJson(status),
      publicInputs: statement.publicInputs,
      publicOutputs: statement.publicOutputs,
      ...(stdout === undefined ? {} : { stdout: textOf(stdout) }),
      ...returnedJson(returned),
      ...(values === undefined ? {} : { values }),
      shards,
      insecure,
    });
  } else print(accepted, loaded, values);
}

/** The module and the entry that a manifest says. */
async function withTyped(flags: Flags): Promise<Flags> {
  const { manifest, program } = flags;
  if (manifest === undefined) return flags;
  if (program === undefined)
    return fail('USAGE', '--manifest without --program', { fix: 'Name the manifest and the program' });
  const { file, flags: typed } = await targetOf(program, flags);
  // With a key file the id says what was proven, and the manifest what its words mean.
  if (flags.key !== undefined) return { ...typed, program: undefined };
  return { ...typed, program: file, ...(typed.typed && { invoke: typed.typed.entry }) };
}

function requireNamed({ program, id, key, closingKey, invoke, file, srs, maxLog, manifest }: Flags): void {
  const usage = (what: string, fix: string): never => fail('USAGE', what, { fix });
  if (program === undefined && id === undefined)
    usage(
      'nothing says which program the proof must be about',
      'Name the module with --program, or its id with --id',
    );
  if (program === undefined && invoke !== undefined)
    usage(
      '--invoke names an export of no module',
      'Leave it out: the id stands for one export; or name the module with --program',
    );
  if (program === undefined && file !== undefined)
    usage(
      '--file names a file of no module',
      'Name the module with --program: it says which words are files',
    );
  if (key === undefined) {
    if (closingKey !== undefined) usage('--closing-key without --key', 'Give both keys of a run');
    return;
  }
  if (program !== undefined && manifest === undefined)
    usage(
      '--key and --program exclude each other: the id of a module takes the SRS',
      'Use --id with --key, or leave --key out',
    );
  if (id === undefined)
    usage(
      '--key without --id: a manifest says what words mean, and nothing of which program they are of',
      'Give the id with --id, from somewhere you trust',
    );
  if (srs !== undefined || maxLog !== undefined)
    usage('--key is a key already: --srs and --max-log make one', 'Leave them out');
}

interface Verified {
  readonly accepted: Accepted;
  /** The module, where it was given. */
  readonly loaded: LoadedProgram | undefined;
}

async function readDocument(file: string, key: VerifyingKey): Promise<ProofDocument> {
  return readProofDocument(await readProofText(file, (head) => greatestProofFileOf(key, head)), file);
}

/** With the keys of this release, made or from the cache. */
async function verifyWithSession(file: string, { program, ...flags }: Flags): Promise<Verified> {
  const wasm = program === undefined ? undefined : await readModule(program);
  const files = flags.file && (await filesOf(flags.file));
  // Loaded here: with key files there is no need of them.
  const [{ withKeys }, { verify }, { loadProgram }] = await Promise.all([
    import('../session.ts'),
    import('../../attest/proof/verify.ts'),
    import('../../attest/module/load.ts'),
  ]);
  return withKeys(flags, async ({ session }) => {
    const accepted = await verify(session, {
      ...importsOf(flags),
      document: await readDocument(file, session.verifyingKey),
      expect: flags.expect,
      ...(wasm === undefined ? {} : { wasm }),
      ...(flags.id === undefined ? {} : { programId: flags.id }),
      ...(flags.invoke === undefined ? {} : { invoke: flags.invoke }),
      ...(files === undefined ? {} : { files }),
    });
    return { accepted, loaded: wasm && loadProgram(wasm, accepted.entry, importsOf(flags)) };
  });
}

/** Bytes, or digests where these are given. */
async function filesOf(files: readonly NamedPath[]): Promise<Record<string, Hex | Uint8Array>> {
  const given = files.map(async ({ name, path }) => {
    const digits = /^sha256:(.*)$/s.exec(path)?.[1];
    if (digits === undefined) return [name, await readBytes(path)] as const;
    if (/^[\da-fA-F]{64}$/.test(digits)) return [name, `0x${digits}` as Hex] as const;
    return fail('USAGE', `--file ${name}: sha256: and no 64 hexadecimal digits`, {
      fix: 'Give the digest as sha256sum prints it, or the path of the file',
    });
  });
  return Object.fromEntries(await Promise.all(given));
}

/** Real ones have some 100 KB. */
const MOST_KEY_BYTES = 2 ** 22;

/** With nothing but key files. */
async function verifyWithFiles(file: string, flags: Flags): Promise<Verified> {
  const read = async (path: string): Promise<VerifyingKey> =>
    verifyingKeyFromJson(await readText(path, 'Give a file that `wattest key` wrote', MOST_KEY_BYTES), path);
  const verifyingKey = await read(flags.key!);
  const document = await readDocument(file, verifyingKey);
  const { closingKey } = flags;
  if (document.shards > 1 && closingKey === undefined) {
    fail('INPUT_MISSING', `the run took ${document.shards} proofs, which two keys verify`, {
      where: file,
      fix: 'Give the keys that `wattest key --kind body` and `wattest key --kind closing` write with --key and --closing-key',
    });
  }
  const keys: VerifierKeys = {
    verifyingKey,
    runKeys: async () =>
      closingKey === undefined ? undefined : { body: verifyingKey, closing: await read(closingKey) },
  };
  const accepted = await verifyDocument(keys, { document, programId: flags.id, expect: flags.expect });
  return { accepted, loaded: undefined };
}

/** Without a module nobody knows what words are. */
const WORDS_ALONE: ReturnType<typeof readOutputs> = { types: [], returned: undefined, stdout: undefined };

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

function print(
  accepted: Accepted,
  loaded: LoadedProgram | undefined,
  values: Awaited<ReturnType<typeof typedStatement>> | undefined,
): void {
  const { programId: id, entry, statement, status, shards, insecure } = accepted;
  const { publicInputs } = statement;
  const { types, returned, stdout } = loaded === undefined ? WORDS_ALONE : readOutputs(accepted, loaded);
  const program = loaded?.program;
  const parameters = program?.entryType.parameters ?? [];
  const strings = (program?.typed && stringsOf(program.typed, publicInputs)) ?? {};
  const skip =
    program?.typed === undefined ? parameters.length : publicArgumentWords(program.typed, publicInputs);
  const stdin = program?.streams?.reads === true ? decodeStdin(publicInputs, skip ?? 0) : undefined;
  const chosen = chosenByProver(new Set(program?.privatePoints.map(({ source }) => source)));
  printTable([
    ['accepted', insecure ? 'yes, under an insecure development SRS' : 'yes'],
    ...(shards === 1
      ? []
      : [
          [
            'proofs',
            `${shards} that only convince together; for a contract they are joined by prove --wrap`,
          ] as const,
        ]),
    ['program id', id],
    ...(entry === undefined ? [] : [['entered at', entry] as const]),
    ...(values === undefined ? [] : typedRows(values.inputs, 'inputs')),
    ...(values?.outputs === undefined ? [] : typedRows(values.outputs, 'outputs')),
    ['public inputs', formatWordLines(publicInputs, parameters)],
    ...(['args', 'environ'] as const).flatMap((list) =>
      strings[list] === undefined
        ? []
        : [[list, strings[list].map((text) => JSON.stringify(text)).join(' ')] as const],
    ),
    ...(strings.files === undefined
      ? []
      : [
          [
            'files',
            strings.files.map(({ name, digest }) => `${JSON.stringify(name)} sha256:${digest.slice(2)}`),
          ] as const,
        ]),
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
