/** Sources of deployed contracts to those who show them: Sourcify (API v2) and Etherscan (API v2). */
import { bytesToHex } from '@noble/hashes/utils.js';
import type { DeployedContract } from '../chain/deployments.ts';
import { fail, isWattestError } from '../errors/index.ts';
import type { Hex } from '../plonk/keys/key.ts';
import { abiWord, checksumAddress } from '../solidity/abi.ts';
import { SOLC_LONG_VERSION } from '../solidity/settings.ts';

/** A contract with what it was compiled from. */
export interface SourceOf {
  readonly chainId: number;
  readonly contract: DeployedContract;
  /** Standard JSON input. */
  readonly input: string;
}

export interface Service {
  readonly name: 'sourcify' | 'etherscan';
  readonly url: string;
  /** Of Etherscan; sent in the body of requests where that can be, and shown nowhere. */
  readonly key?: string;
  /** Milliseconds between questions. */
  readonly pause: number;
  readonly signal: AbortSignal;
}

export type SourceOutcome = 'verified' | 'already verified';

export const SOURCIFY_URL = 'https://sourcify.dev/server';
export const ETHERSCAN_URL = 'https://api.etherscan.io/v2/api';

/** Questions for a result before it is given up: compilers of others take minutes at most. */
const MOST_QUESTIONS = 100;
const MOST_TRIES = 5;

/** `file:contract` of a standard JSON input that selects one file. */
export function contractIdentifier({ contract, input }: Pick<SourceOf, 'contract' | 'input'>): string {
  const { settings } = JSON.parse(input) as { settings: { outputSelection: Record<string, unknown> } };
  return `${Object.keys(settings.outputSelection)[0]}:${contract.contract}`;
}

/** Constructor arguments, encoded, without 0x. */
export function encodedArguments({ constructorArguments }: DeployedContract): string {
  return constructorArguments.map((argument) => bytesToHex(abiWord(argument as Hex))).join('');
}

/** @throws SOURCE_REFUSED, EXPLORER_UNREACHABLE, ABORTED */
export function submitSource(service: Service, source: SourceOf): Promise<SourceOutcome> {
  return service.name === 'sourcify' ? toSourcify(service, source) : toEtherscan(service, source);
}

async function toSourcify(service: Service, source: SourceOf): Promise<SourceOutcome> {
  const { chainId, contract, input } = source;
  const { address, transactionHash } = contract;
  const body = JSON.stringify({
    stdJsonInput: JSON.parse(input) as unknown,
    compilerVersion: SOLC_LONG_VERSION,
    contractIdentifier: contractIdentifier(source),
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
  const { chainId, contract, input } = source;
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
    contractname: contractIdentifier(source),
    compilerversion: `v${SOLC_LONG_VERSION}`,
    // As its API spells it.
    constructorArguements: encodedArguments(contract),
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
  let problem = '';
  for (let i = 0; i < MOST_TRIES; i++) {
    if (i > 0) await pause(service, 2 ** i);
    try {
      // Another host would be given the key.
      const response = await fetch(url, { ...request, redirect: 'manual', signal: service.signal });
      if (response.status >= 300 && response.status < 400) elsewhere(service, response.status);
      if (response.status !== 429 && response.status < 500) {
        return { status: response.status, json: (await response.json()) as Answer['json'] };
      }
      problem = `it answers with HTTP ${response.status}`;
    } catch (error) {
      interrupted(service);
      if (isWattestError(error)) throw error;
      problem =
        error instanceof SyntaxError ? 'it answers with something else than JSON' : 'it does not answer';
    }
  }
  return fail('EXPLORER_UNREACHABLE', problem, {
    where: service.name,
    fix: 'Try again later: what is verified stays so, and is not verified twice',
  });
}

async function pause({ pause: milliseconds, signal, name }: Service, times = 1): Promise<void> {
  await new Promise<void>((resolve) => {
    const timer = setTimeout(done, milliseconds * times);
    function done(): void {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    }
    signal.addEventListener('abort', done);
    if (signal.aborted) done();
  });
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
    fix: 'Check chain and address with deploy --check; the contract may be too new to it: try again in a minute',
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
