/**
 * Verifying and program keys as JSON, read strictly. The digest is recomputed and covers all that a verifier does; names of
 * chips, tags and terms, which it does not cover, can be changed in a file, but only to other harmless ones (`rules.ts`).
 */
import { type G1Point, isOnG1 } from '../../curve/g1.ts';
import { equalG2, G2_GENERATOR, type G2Point, isInG2 } from '../../curve/g2.ts';
import type { FlatProgram, Op } from '../../expr/program.ts';
import { FQ_MODULUS, FR_MODULUS } from '../../field/field.ts';
import { Reader } from '../../json/reader.ts';
import { knownTau } from '../../kzg/known-tau.ts';
import { TRANSCRIPTS } from '../../transcript/transcript.ts';
import { challengeNames } from '../declare/challenges.ts';
import {
  type Height,
  PACK_STAGES,
  type PackColumn,
  type PackShape,
  type PointPart,
  type PublicField,
  type Recursion,
} from '../declare/declare.ts';
import { checkShape } from '../declare/rules.ts';
import { PAIR } from '../declare/schedule.ts';
import {
  type ChipShape,
  fixedPacks,
  MAX_LOG,
  MAX_PROGRAM_CHIPS,
  type PublicTermShape,
  type Shape,
} from '../declare/shape.ts';
import { keyDigest, MAX_COMMITMENTS, type ProgramKey, type VerifyingKey } from './key.ts';

const KEY_FORMAT = 'wattest-verifying-key-3';
const PROGRAM_FORMAT = 'wattest-program-key-1';

/** Most entries of the lists of a key: far above every real one, and few enough to be read without limits of the engine. */
const MOST = {
  chips: 64,
  packs: 2 ** 12,
  columns: 2 ** 12,
  tags: 256,
  fields: 64,
  messages: 64,
  commitments: 16,
  terms: 256,
  constants: 2 ** 12,
  operations: 2 ** 16,
};

/** Numbers of the field and coordinates become 0x-hexadecimal strings. */
export function verifyingKeyToJson(key: VerifyingKey): string {
  return JSON.stringify({ format: KEY_FORMAT, ...key }, bigintsAsHex);
}

export function programKeyToJson(key: ProgramKey): string {
  return JSON.stringify({ format: PROGRAM_FORMAT, ...key }, bigintsAsHex);
}

/** For `JSON.stringify`. */
export function bigintsAsHex(_name: string, value: unknown): unknown {
  return typeof value === 'bigint' ? `0x${value.toString(16)}` : value;
}

/** `KEY_INVALID`, with the place, for anything that is not a key or whose digest or selector is another. */
export function verifyingKeyFromJson(text: string, where = 'verifying key'): VerifyingKey {
  const top = open(text, where, KEY_FORMAT);
  const shape = readShape(top.at('shape'));
  const powers = top.at('powers').integer(2 ** 32);
  checkShape(shape, powers, (place, problem) =>
    top.at('shape').invalid(`breaks a rule: ${place === '' ? '' : `${place}: `}${problem}`),
  );
  const tau2 = readG2(top.at('tau2'));
  const insecure = top.at('insecure').boolean();
  const known = insecure ? undefined : knownTau(tau2);
  if (known !== undefined) {
    top.at('tau2').invalid(`stands for τ = ${known}, which is no secret, and the key says that it is secure`);
  }
  const commitments = top.at('commitments').list(readG1, MAX_COMMITMENTS);
  const expected = fixedPacks(shape, 'key').length;
  if (commitments.length !== expected) top.at('commitments').invalid(`has not ${expected} entries`);
  const key = { shape, powers, tau2, insecure, commitments };
  const digest = keyDigest(key);
  if (top.at('digest').value !== digest) top.at('digest').invalid(`is not that of the key, ${digest}`);
  const selector = digest.slice(0, 10) as VerifyingKey['selector'];
  if (top.at('selector').value !== selector)
    top.at('selector').invalid(`is not that of the key, ${selector}`);
  return { ...key, digest, selector };
}

/** `KEY_INVALID`, with the place. Whether it fits a verifying key is checked by whoever uses both. */
export function programKeyFromJson(text: string, where = 'program key'): ProgramKey {
  return readProgramKey(open(text, where, PROGRAM_FORMAT));
}

/** A program key as part of something else, written with {@link bigintsAsHex}. */
export const readProgramKey = (node: Reader): ProgramKey => ({
  log: node.at('log').integer(256 ** MAX_PROGRAM_CHIPS),
  entry: node.at('entry').number(1n << 64n),
  commitments: node.at('commitments').list(readG1, MAX_COMMITMENTS),
});

function readShape(node: Reader): Shape {
  const tags = node.at('tags').list(
    (tag) => ({
      name: tag.at('name').text(),
      code: tag.at('code').integer(2 ** 32 - 1),
      fields: tag.at('fields').integer(MOST.fields),
    }),
    MOST.tags,
  );
  // The digest does not cover names of leaves; another name would make a challenge of another round of it.
  const challenges = challengeNames(tags);
  if (
    node
      .at('challenges')
      .list((name) => name.text(), challenges.length)
      .join() !== challenges.join()
  ) {
    node.at('challenges').invalid(`are not ${challenges.join()}`);
  }
  return {
    name: node.at('name').text(),
    version: node.at('version').text(),
    transcript: node.at('transcript').oneOf(TRANSCRIPTS),
    machine: node.at('machine').hex(32),
    bus: node.at('bus').oneOf(['closed', 'shared'] as const),
    maxDegree: node.at('maxDegree').integer(6),
    tPhi: node.at('tPhi').integer(2 ** 16),
    tQuotient: node.at('tQuotient').integer(2 ** 16),
    challenges,
    chips: node.at('chips').list((chip) => readChip(chip, challenges), MOST.chips),
    packs: node.at('packs').list(readPack, MOST.packs),
    tags,
    publicTerms: node.at('publicTerms').list(readTerm, MOST.terms),
    ...(node.at('recursion').value === undefined ? {} : { recursion: readRecursion(node.at('recursion')) }),
  };
}

function readRecursion(node: Reader): Recursion {
  const messages = node.at('messages').integer(MOST.messages);
  const subject = node.at('subject');
  if (subject.value === undefined) return { messages };
  return {
    messages,
    subject: {
      machine: subject.at('machine').hex(32),
      minLog: subject.at('minLog').integer(MAX_LOG),
      maxLog: subject.at('maxLog').integer(MAX_LOG),
      commitments: subject.at('commitments').integer(MOST.commitments),
      publicTerms: subject.at('publicTerms').list(readTerm, MOST.terms),
    },
  };
}

function readChip(node: Reader, challenges: readonly string[]): ChipShape {
  const chip = {
    name: node.at('name').text(),
    height: readHeight(node.at('height')),
    main: node.at('main').integer(MOST.columns),
    fixed: node.at('fixed').integer(MOST.columns),
    helpers: node.at('helpers').integer(MOST.columns),
    constraints: node.at('constraints').integer(2 ** 16),
    program: readProgram(node.at('program')),
  };
  const { program } = chip;
  const fits =
    program.columns === chip.main + chip.fixed + chip.helpers &&
    program.outputs.length === 1 &&
    program.challenges.join() === challenges.join();
  if (!fits) node.invalid('has a program that does not fit its columns');
  return chip;
}

function readPack(node: Reader): PackShape {
  return {
    stage: node.at('stage').oneOf(PACK_STAGES),
    t: node.at('t').integer(2 ** 16),
    columns: node.at('columns').list((pair): PackColumn => {
      const [chip, column] = pair.list((value) => value.integer(MOST.columns), 2);
      if (chip === undefined || column === undefined) return pair.invalid('is not a chip and a column');
      return [chip, column];
    }, MOST.columns),
  };
}

function readHeight(node: Reader): Height {
  const from = node.at('from').oneOf(['proof', 'key', 'program']);
  if (from === 'key') return { from, log: node.at('log').integer(MAX_LOG) };
  return { from, minLog: node.at('minLog').integer(MAX_LOG) };
}

function readProgram(node: Reader): FlatProgram {
  const columns = node.at('columns').integer(3 * MOST.columns);
  const challenges = node.at('challenges').list((name) => name.text(), MOST.fields + 2);
  const constants = node.at('constants').list((value) => value.number(FR_MODULUS), MOST.constants);
  let nodes = columns + challenges.length + constants.length;
  const operations = node.at('operations').list((triple): [Op, number, number] => {
    const [op, a, b] = triple.list((value) => value.integer(nodes - 1), 3);
    if (op === undefined || a === undefined || b === undefined || op > 2)
      triple.invalid('is not an operation');
    nodes++;
    return [op as Op, a!, b!];
  }, MOST.operations);
  return {
    columns,
    challenges,
    constants,
    operations,
    outputs: node.at('outputs').list((o) => o.integer(nodes - 1), 1),
  };
}

function readTerm(node: Reader): PublicTermShape {
  const each = node.at('each');
  const sign = node.at('sign').value;
  if (sign !== 1 && sign !== -1) node.at('sign').invalid('is not 1 or -1');
  return {
    name: node.at('name').text(),
    tag: node.at('tag').integer(2 ** 32 - 1),
    sign: sign as 1 | -1,
    fields: node.at('fields').list(readField, MOST.fields),
    ...(each.value === undefined ? {} : { each: each.oneOf(['inputs', 'outputs']) }),
  };
}

const FIELDS = [
  'constant',
  'entry',
  'status',
  'index',
  'word',
  'message',
  'pair',
  'statement',
  'log',
  'commitment',
] as const;

function readField(node: Reader): PublicField {
  const from = node.at('from').oneOf(FIELDS);
  const part = (): PointPart => node.at('part').integer(2) as PointPart;
  switch (from) {
    case 'constant':
      return { from, value: node.at('value').number(FR_MODULUS) };
    case 'message':
      return { from, index: node.at('index').integer(MOST.messages) };
    case 'pair':
      return { from, point: node.at('point').oneOf(PAIR), part: part() };
    case 'statement':
      return { from, half: node.at('half').integer(1) as 0 | 1 };
    case 'commitment':
      return { from, index: node.at('index').integer(MOST.commitments), part: part() };
    default:
      return { from };
  }
}

function readG1(node: Reader): G1Point {
  if (node.value === null) return null;
  const point = { x: node.at('x').number(FQ_MODULUS), y: node.at('y').number(FQ_MODULUS) };
  if (!isOnG1(point)) node.invalid('is not a point of the curve');
  return point;
}

function readG2(node: Reader): NonNullable<G2Point> {
  const coordinate = (name: 'x' | 'y'): { real: bigint; imaginary: bigint } => ({
    real: node.at(name).at('real').number(FQ_MODULUS),
    imaginary: node.at(name).at('imaginary').number(FQ_MODULUS),
  });
  const point = { x: coordinate('x'), y: coordinate('y') };
  if (!isInG2(point)) node.invalid('is not a point of G2');
  // τ = 1 would make every opening verify.
  if (equalG2(point, G2_GENERATOR)) node.invalid('is the generator');
  return point;
}

function open(text: string, where: string, format: string): Reader {
  const top = Reader.parse(text, where, {
    code: 'KEY_INVALID',
    fix: 'Give the key as this version of wattest made it',
  });
  if (top.at('format').value !== format) top.at('format').invalid(`is not ${format}`);
  return top;
}
