/**
 * The Solidity verifier of a verifying key. Everything in it comes from the key's shape, its flat programs and the schedule that
 * prover and TypeScript verifier walk. The same key gives the same bytes.
 */
import { fail } from '../errors/index.ts';
import { type OptionNames, requireNames } from '../json/options.ts';
import { programChips } from '../plonk/declare/shape.ts';
import { type Hex, machineDigest, type ProgramKey, programId, type VerifyingKey } from '../plonk/keys/key.ts';
import { verifyingKeyFromJson, verifyingKeyToJson } from '../plonk/keys/key-json.ts';
import { checkProgramKey, requireBus } from '../plonk/verify/verifier.ts';
import { DEVELOPMENT_CHAINS } from './chains.ts';
import { callEvaluator, checkIdentity, domain, R_HEX } from './check.ts';
import { evaluatorContract, printChips, splitChips } from './evaluators.ts';
import { LICENSE, PRAGMA, verifierInterface } from './interface.ts';
import { memoryLayout, WORD } from './layout.ts';
import { checkOpenings, openingFunctions } from './opening.ts';
import { publicTerms } from './public-terms.ts';
import {
  drawChallenges,
  failFunctions,
  type GeneratorContext,
  loadKey,
  P_HEX,
  pointFunctions,
  readHeights,
  readProgram,
  readProof,
} from './read.ts';
import { COMPILER_SETTINGS, SOLC_VERSION } from './settings.ts';
import { verifyBody } from './verify-body.ts';
import { codeBytes, hexNumber, indent, singleLines } from './yul.ts';

/** Changes with the generated text. */
export const GENERATOR_VERSION = '4';
export const VERIFIER_NAME = 'WattestVerifier';

/** Limits of the EVM: deployed code (EIP-170) and initcode (EIP-3860). */
export const CODE_LIMIT = 24_576;
export const INITCODE_LIMIT = 49_152;

export interface GenerateOptions {
  /** Makes a verifier for this one program, whose key then is not part of the calls. */
  readonly program?: ProgramKey;
  /** Name of the contract; evaluators are called `<name>Evaluator1 …`. */
  readonly name?: string;
  /** Refuse a key that was made from a development SRS. */
  readonly publicNetwork?: boolean;
  /** Code bytes that one contract may take; smaller values make more evaluators. For tests. */
  readonly codeLimit?: number;
}

const NAMES: OptionNames<GenerateOptions> = {
  program: true,
  name: true,
  publicNetwork: true,
  codeLimit: true,
};

export interface GeneratedVerifier {
  readonly name: string;
  /** One Solidity file: interface, evaluators if any, verifier. */
  readonly source: string;
  readonly digest: Hex;
  readonly selector: Hex;
  readonly insecure: boolean;
  /** The program that a specialised verifier is for. */
  readonly programId?: Hex;
  /** Names of the contracts that the verifier deploys with itself. */
  readonly evaluators: readonly string[];
}

/**
 * @throws KEY_INVALID for a key that does not hold together, or whose `[τ]_2` would let everything verify;
 *   KEY_INSECURE for a public network; VERIFIER_TOO_LARGE where splitting does not help
 */
export function generateVerifier(given: VerifyingKey, options: GenerateOptions = {}): GeneratedVerifier {
  requireNames(options, NAMES, 'generateVerifier');
  const { program, name = VERIFIER_NAME, publicNetwork = false, codeLimit = CODE_LIMIT } = options;
  const key = checkedKey(given, publicNetwork);
  if (!/^[A-Za-z_]\w*$/.test(name)) {
    fail('USAGE', `${JSON.stringify(name)} is no name of a contract`, { fix: 'Use letters, digits and _' });
  }
  // SCRATCH is the last region: its address is known before its size.
  const plain = memoryLayout(key, 0);
  const chips = printChips({ key, program, memory: plain });
  const memory = memoryLayout(key, Math.max(0, ...chips.map((chip) => chip.scratchWords)));
  const context: GeneratorContext = { key, program, memory };
  if (program !== undefined) checkProgramKey(key, program, memory.plan);

  const fixed = [
    ...failFunctions(),
    ...loadKey(context),
    ...readProof(context),
    ...readProgram(context),
    ...pointFunctions(),
    ...readHeights(context),
    ...drawChallenges(context),
    ...publicTerms(context),
    ...domain(),
    ...checkIdentity(context),
    ...openingFunctions(context),
    ...checkOpenings(context),
    ...callEvaluator(context),
  ];
  const split = splitChips(chips, { codeLimit, mainBytes: codeBytes(fixed) });
  const evaluators = split.evaluators.map((part, i) =>
    evaluatorContract(context, `${name}Evaluator${i + 1}`, part),
  );
  const total = [...evaluators, { bytes: split.mainBytes }].reduce((sum, { bytes }) => sum + bytes, 0);
  if (total > INITCODE_LIMIT) {
    fail('VERIFIER_TOO_LARGE', `the verifier takes about ${total} bytes of code`, {
      fix: `A contract and what it deploys must fit ${INITCODE_LIMIT} bytes: simplify the constraints`,
    });
  }
  const body = verifyBody(context, split);
  const functions = [...fixed, ...split.main.flatMap(({ lines }) => lines)];
  const source = [
    ...singleLines(header(context)),
    '',
    PRAGMA,
    '',
    verifierInterface(),
    ...singleLines(evaluators.flatMap(({ lines }) => [...lines, ''])),
    ...singleLines(
      contractLines(context, { name, evaluators: evaluators.map((e) => e.name), body, functions }),
    ),
    '',
  ].join('\n');
  return {
    name,
    source,
    digest: key.digest,
    selector: key.selector,
    insecure: key.insecure,
    ...(program === undefined ? {} : { programId: programId(machineDigest(key), program) }),
    evaluators: evaluators.map((evaluator) => evaluator.name),
  };
}

/**
 * The key as it would come back from its file: plain data, checked by the reader of files. Its names become comments of the
 * contract, and its digest does not cover them.
 */
function checkedKey(given: VerifyingKey, publicNetwork: boolean): VerifyingKey {
  const key = verifyingKeyFromJson(verifyingKeyToJson(given));
  const { transcript } = key.shape;
  if (transcript !== 'keccak256') {
    fail(
      'KEY_INVALID',
      `transcripts under the key are hashed with ${transcript}, which contracts do not have`,
      {
        where: 'verifying key',
        fix: 'Give a key with keccak256; what this one is for is verified by circuits',
      },
    );
  }
  requireBus(key, 'closed');
  const { recursion } = key.shape;
  if (recursion !== undefined && recursion.subject === undefined) {
    fail('KEY_INVALID', 'the key is for proofs about other proofs, which only circuits verify', {
      where: 'verifying key',
      fix: 'Generate the verifier of a key whose proofs are about a program',
    });
  }
  if (programChips(key.shape).length > 1) {
    fail('KEY_INVALID', 'the key has several chips of a program, and a contract reads the height of one', {
      where: 'verifying key',
      fix: 'Generate the verifier of a key with one image, or of one that wraps',
    });
  }
  if (publicNetwork && key.insecure) {
    fail('KEY_INSECURE', 'the key was made from a development SRS, whose secret is known', {
      where: 'verifying key',
      fix: 'Import a ceremony file (.ptau) and make the key from it',
    });
  }
  return key;
}

function header({ key, memory, program }: GeneratorContext): string[] {
  return [
    LICENSE,
    `// Generated by wattest (verifier generator ${GENERATOR_VERSION}) from a verifying key. Do not edit: generate it again.`,
    '//',
    `//   system        ${key.shape.name}, version ${key.shape.version}`,
    `//   vk digest     ${key.digest}`,
    `//   selector      ${key.selector}`,
    `//   SRS           ${key.insecure ? 'DEVELOPMENT, INSECURE: whoever made it can forge proofs' : 'from a ceremony'}, ${key.powers} powers`,
    program === undefined
      ? '//   program       any: its key is part of the call and bound to the program id'
      : `//   program       ${programId(machineDigest(key), program)} only`,
    `//   proof         ${memory.plan.proofBytes} bytes${program === undefined ? `, and ${memory.programWords * WORD} of the program key` : ''}`,
    '//',
    `// Compile with solc ${SOLC_VERSION}: optimizer on, runs ${COMPILER_SETTINGS.optimizer.runs}, details.yul off (on or off is the same to the gas; off is`,
    `// faster), evmVersion ${COMPILER_SETTINGS.evmVersion}, metadata.bytecodeHash none. Not through the IR pipeline, which runs out of memory.`,
  ];
}

function contractLines(
  { key, memory }: GeneratorContext,
  parts: {
    name: string;
    evaluators: readonly string[];
    body: readonly string[];
    functions: readonly string[];
  },
): string[] {
  const { name, evaluators } = parts;
  const constants = [
    ['R', R_HEX, 'order of the scalar field'],
    ['P', P_HEX, 'order of the base field'],
    ...memory.regions.map(({ name: region, at, size, about }) => [
      region,
      hexNumber(at),
      `… ${hexNumber(at + size)}: ${about}`,
    ]),
    [
      'STATEMENT',
      hexNumber(memory.end),
      `…: digest, program id, ${key.shape.recursion === undefined ? 'heights' : 'messages, A, B'}, two counts, status, words`,
    ],
  ].map(([constant, value, about]) => `uint256 private constant ${constant} = ${value}; // ${about}`);
  const immutables = evaluators.map((_, i) => `address private immutable EVALUATOR_${i + 1};`);
  const developmentOnly = key.insecure
    ? [
        `if (${DEVELOPMENT_CHAINS.map((id) => `block.chainid != ${id}`).join(' && ')}) {`,
        '    revert InsecureOnPublicChain(block.chainid);',
        '}',
      ]
    : [];
  const constructorLines = [
    ...developmentOnly,
    ...evaluators.map((evaluator, i) => `EVALUATOR_${i + 1} = address(new ${evaluator}());`),
  ];
  return [
    `/// @title Verifier of ${key.shape.name} ${key.shape.version}`,
    `contract ${name} is IWattestVerifier {`,
    ...indent(
      [
        ...constants,
        ...(immutables.length === 0 ? [] : ['', ...immutables]),
        ...(constructorLines.length === 0
          ? []
          : ['', 'constructor() {', ...indent(constructorLines, 4), '}']),
        '',
        'function verify(bytes32 programId, Statement calldata statement, bytes calldata proof) external view {',
        // Not in the constructor alone, which other initcode skips.
        ...indent(developmentOnly, 4),
        '    bytes calldata inputs = statement.publicInputs;',
        '    bytes calldata outputs = statement.publicOutputs;',
        '    uint256 status = statement.status;',
        ...evaluators.map((_, i) => `    address evaluator${i + 1} = EVALUATOR_${i + 1};`),
        '    assembly ("memory-safe") {',
        ...indent([...parts.functions, '', '{', ...indent(parts.body, 4), '}'], 8),
        '    }',
        '}',
        '',
        ...views(loadKeyOf(parts.functions), key.insecure),
      ],
      4,
    ),
    '}',
  ];
}

/** The lines of `load_key`, which the view of the digest shares. */
function loadKeyOf(functions: readonly string[]): string[] {
  const start = functions.findIndex((line) => line.startsWith('function load_key'));
  const end = functions.indexOf('}', start);
  return functions.slice(start, end + 1);
}

function views(loadKeyLines: readonly string[], insecure: boolean): string[] {
  return [
    'function VK_DIGEST() external pure returns (bytes32) {',
    '    return _digest();',
    '}',
    '',
    'function SELECTOR() external pure returns (bytes4) {',
    '    return bytes4(_digest());',
    '}',
    '',
    'function INSECURE_SRS() external pure returns (bool) {',
    `    return ${insecure};`,
    '}',
    '',
    'function _digest() private pure returns (bytes32 result) {',
    '    assembly ("memory-safe") {',
    '        mstore(0x40, STATEMENT)',
    '        result := load_key()',
    ...indent(loadKeyLines, 8),
    '    }',
    '}',
  ];
}
