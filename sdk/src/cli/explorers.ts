/** Sources of deployed contracts to those who show them: Sourcify (API v2) and Etherscan (API v2). */
import type { DeployedContract } from '../chain/deployments.ts';
import { sleep } from '../chain/wait.ts';
import { fail, isWattestError } from '../errors/index.ts';
import { parseJson, Reader } from '../json/reader.ts';
import { readTextStream } from '../platform/node-files.ts';
import { abiDigits, checksumAddress } from '../solidity/abi.ts';
import { SOLC_LONG_VERSION } from '../solidity/settings.ts';

/** A contract with what it was compiled from. */
export interface SourceOf {
  readonly chainId: number;
  readonly contract: DeployedContract;
  /** Standard JSON input. */
  readonly input: string;
  /** The one of its files that the contract is in. */
  readonly file: string;
}

export const SERVICES = ['sourcify', 'etherscan'] as const;
export type ServiceName = (typeof SERVICES)[number];

export interface Service {
  readonly name: ServiceName;
  readonly url: string;
  /** Of Etherscan; sent in the body of requests where that can be, and shown nowhere. */
  readonly key?: string;
  /** Milliseconds between questions. */
  readonly pause: number;
  /** Most milliseconds until one answer is there, what is sent included; default five minutes. */
  readonly requestTimeout?: number;
  readonly signal: AbortSignal;
}

export type SourceOutcome = 'verified' | 'already verified';

/** Questions for a result before it is given up: compilers of others take minutes at most. */
const MOST_QUESTIONS = 100;
const MOST_TRIES = 5;
/** Far above what endpoints of chains have: a source of two megabytes has to get there, and some services compile before they answer. */
const DEFAULT_LIMIT = 300_000;
/** Of an answer: they are some hundred. */
const MOST_ANSWER_BYTES = 2 ** 20;

/** The parts of a standard JSON input that explorers are told. @throws DEPLOYMENT_INVALID for what is none */
export function readInput(text: string, where: string): Pick<SourceOf, 'input' | 'file'> {
  const read = Reader.parse(text, where, {
    code: 'DEPLOYMENT_INVALID',
    fix: 'Restore the file from version control, or deploy again',
  });
  const selection = read.at('settings').at('outputSelection');
  selection.take((value) => isObject(value) && Object.keys(value).length === 1, 'does not name one file');
  const [file] = Object.keys(selection.value as object);
  read.at('sources').at(file!).at('content').text();
  return { input: text, file: file! };
}

/** @throws SOURCE_REFUSED, EXPLORER_UNREACHABLE, ABORTED */
export function submitSource(service: Service, source: SourceOf): Promise<SourceOutcome> {
  return service.name === 'sourcify' ? toSourcify(service, source) : toEtherscan(service, source);
}

async function toSourcify(service: Service, source: SourceOf): Promise<SourceOutcome> {
  const { chainId, contract, input, file } = source;
  const { address, transactionHash } = contract;
  const body = JSON.stringify({
    stdJsonInput: JSON.parse(input) as unknown,
    compilerVersion: SOLC_LONG_VERSION,
    contractIdentifier: `${file}:${contract.contract}`,
    ...(transactionHash === undefined ? {} : { creationTransactionHash: transactionHash }),
  });
  const path = `${service.url}/v2/verify`;
  const begun = await ask(service, `${path}/${chainId}/${checksumAddress(address)}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body,
  });
  if (begun.status === 409) return 'already verified';
  const { verificationId } = begun.json;
  if (begun.status !== 202 || typeof verificationId !== 'string') refused(service, begun.json['message']);
  for (let i = 0; i < MOST_QUESTIONS; i++) {
    const { json } = await ask(service, `${path}/${encodeURIComponent(verificationId)}`);
    const error = json['error'] as { customCode?: string; message?: string } | undefined;
    if (error?.customCode === 'already_verified') return 'already verified';
    if (json['isJobCompleted'] === true) {
      const match = (json['contract'] as { match?: unknown } | undefined)?.match;
      if (match === 'exact_match' || match === 'match') return 'verified';
      refused(service, error?.message);
    }
    await pause(service);
  }
  return late(service);
}

async function toEtherscan(service: Service, source: SourceOf): Promise<SourceOutcome> {
  const { chainId, contract, input, file } = source;
  const about = `${service.url}?chainid=${chainId}`;
  const post = (values: Readonly<Record<string, string>>): Promise<Answer> =>
    ask(service, about, {
      method: 'POST',
      body: new URLSearchParams({ apikey: service.key!, module: 'contract', ...values }),
    });
  const begun = await post({
    action: 'verifysourcecode',
    chainId: String(chainId),
    contractaddress: contract.address,
    sourceCode: input,
    codeformat: 'solidity-standard-json-input',
    contractname: `${file}:${contract.contract}`,
    compilerversion: `v${SOLC_LONG_VERSION}`,
    // As its API spells it.
    constructorArguements: abiDigits(contract.constructorArguments),
  });
  const guid = String(begun.json['result']);
  if (/already verified/i.test(guid)) return 'already verified';
  if (begun.json['status'] !== '1') refused(service, guid);
  for (let i = 0; i < MOST_QUESTIONS; i++) {
    const { json } = await post({ action: 'checkverifystatus', guid });
    const result = String(json['result']);
    if (/already verified/i.test(result)) return 'already verified';
    if (json['status'] === '1') return 'verified';
    if (!/pending|in progress|queue/i.test(result)) refused(service, result);
    await pause(service);
  }
  return late(service);
}

interface Answer {
  readonly status: number;
  readonly json: Readonly<Record<string, unknown>>;
}

/** Tries again what may be over soon: no answer, too many requests, faults of the server. */
async function ask(service: Service, url: string, request: RequestInit = {}): Promise<Answer> {
  const { name, signal, requestTimeout = DEFAULT_LIMIT } = service;
  let problem = '';
  for (let i = 0; i < MOST_TRIES; i++) {
    if (i > 0) await pause(service, 2 ** i);
    const patience = AbortSignal.timeout(requestTimeout);
    try {
      // Another host would be given the key.
      const response = await fetch(url, {
        ...request,
        redirect: 'manual',
        signal: AbortSignal.any([signal, patience]),
      });
      if (response.status >= 300 && response.status < 400) elsewhere(service, response.status);
      if (response.status !== 429 && response.status < 500) {
        return { status: response.status, json: await objectOf(response, name) };
      }
      await response.body?.cancel();
      problem = `it answers with HTTP ${response.status}`;
    } catch (error) {
      interrupted(service);
      if (isWattestError(error, 'EXPLORER_UNREACHABLE')) throw error;
      problem = patience.aborted ? `it has not answered for ${requestTimeout / 1000} s` : problemOf(error);
    }
  }
  return fail('EXPLORER_UNREACHABLE', problem, {
    where: name,
    fix: 'Try again later: what is verified stays so, and is not verified twice',
  });
}

function problemOf(error: unknown): string {
  if (error instanceof SyntaxError) return 'it answers with something else than JSON';
  return isWattestError(error, 'FILE_UNREADABLE')
    ? 'its answer is larger than any of its kind'
    : 'it does not answer';
}

/** @throws SyntaxError; FILE_UNREADABLE for one without end */
async function objectOf({ body }: Response, name: string): Promise<Answer['json']> {
  const json = parseJson(body === null ? '' : await readTextStream(body, name, { most: MOST_ANSWER_BYTES }));
  if (!isObject(json)) throw new SyntaxError('no object');
  return json;
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

async function pause({ pause: milliseconds, signal, name }: Service, times = 1): Promise<void> {
  await sleep(milliseconds * times, signal);
  interrupted({ signal, name });
}

function interrupted({ signal, name }: Pick<Service, 'signal' | 'name'>): void {
  if (!signal.aborted) return;
  fail('ABORTED', 'interrupted; what was submitted may still be verified', {
    where: name,
    fix: 'Run the command again: what is verified stays so, and is not verified twice',
  });
}

function refused({ name, key = '' }: Service, reason: unknown): never {
  const said = typeof reason !== 'string' ? '' : key === '' ? reason : reason.replaceAll(key, '…');
  fail('SOURCE_REFUSED', said === '' ? 'it gives no reason' : said.slice(0, 200), {
    where: name,
    fix: 'Check chain and address with `wattest deploy --check`; the contract may be too new to it: try again in a minute',
  });
}

/** Where to is not said: it may repeat the key. */
function elsewhere({ name }: Service, status: number): never {
  fail('EXPLORER_UNREACHABLE', `it sends on to another place (HTTP ${status}), which is not followed`, {
    where: name,
    fix: `Name the server that answers itself: --${name}-url`,
  });
}

function late({ name }: Service): never {
  fail('EXPLORER_UNREACHABLE', 'it has not said whether the source is that of the contract', {
    where: name,
    fix: 'Try again later: what is verified stays so, and is not verified twice',
  });
}
