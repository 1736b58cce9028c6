/** What is done at a registry by the command, on a chain behind a port, with real proofs: several at once, signed ones, records, keys that are retired and stopped. */
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import hre from 'hardhat';
import { createWalletClient, type Hex, http } from 'viem';
import { privateKeyToAccount } from 'viem/accounts';
import { hardhat } from 'viem/chains';
import { proofPath } from '../../scripts/lib/fixtures.ts';
import { formatDeployment } from '../../sdk/src/chain/deployments.ts';
import { parseSignature } from '../../sdk/src/chain/signatures.ts';
import { transactionsOf } from '../../sdk/src/cli/batch.ts';
import { generateVerifier, openKeys, type ProofDocument, readProofDocument } from '../../sdk/src/index.ts';
import { compileVerifier } from '../../sdk/src/solidity/compile.ts';
import { statementHash } from '../../sdk/src/solidity/encode.ts';
import { deploy, stopRoute } from '../../sdk/src/viem.ts';
import { makeToy } from '../plonk/toy.ts';
import { endpoint } from './lib/endpoint.ts';
import { type Outcome, wattest } from './lib/wattest.ts';

/** Accounts of Hardhat's well-known mnemonic: who deploys, the guardian, and a stranger. */
const OWNER = '0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80';
const GUARDIAN = '0x59c6995e998f97a5a0044966f0945389dc9e86dae88c7a8412f4603b6b78690d';
const STRANGER = '0x5de4111afa1a4b94908f83103eb1f1706367c2e68ca870fc3fb9a804cdab365a';
const address = (key: Hex): Hex => privateKeyToAccount(key).address;

describe('command line, at a registry', () => {
  let folder: string;
  let url: string;
  let close: () => Promise<void>;
  const at = (name: string): string => join(folder, name);
  const proof = (name: string): string => proofPath(name);
  const document = (name: string): ProofDocument =>
    readProofDocument(readFileSync(proof(name), 'utf8'), name);
  let lie: string;

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'wattest-registry-'));
    const server = await hre.network.createServer(undefined, '127.0.0.1', 0);
    const { address: host, port } = await server.listen();
    url = `http://${host}:${port}`;
    close = () => server.close();
    const json = JSON.parse(readFileSync(proof('sudoku'), 'utf8'));
    json.statement.publicOutputs[0] = '666';
    lie = at('lie.json');
    writeFileSync(lie, JSON.stringify(json));
    done(await by(OWNER, 'deploy', '--guardian', address(GUARDIAN)));
  });
  after(async () => {
    await close?.();
    rmSync(folder, { recursive: true, force: true });
  });

  const by = (key: Hex, command: string, ...more: string[]): Promise<Outcome> => {
    const folders = more.includes('--deployments') ? [] : ['--deployments', at('deployments')];
    const rpc = more.includes('--rpc-url') ? [] : ['--rpc-url', url];
    const place = ['--network', 'localhost', ...rpc, ...folders];
    return wattest([command, ...place, ...more], { LOCALHOST_PRIVATE_KEY: key });
  };
  /** Its output, where it ended with this code. */
  const done = ({ code, out, err }: Outcome, exit = 0): string => {
    assert.equal(code, exit, err);
    return out;
  };
  const refused = ({ code, err, out }: Outcome, error: string, text: RegExp, exit = 2): void => {
    assert.match(err, new RegExp(`\\[${error}\\] .+\\n$`));
    assert.match(err, text);
    assert.equal(code, exit, err);
    assert.equal(out, '');
  };

  /** Why the verifier refuses a proof of this program, asked about another. */
  const ofProgram = (name: string): RegExp =>
    new RegExp(`ProgramMismatch: received ${document(name).programId},`);

  interface Recorded {
    readonly counts: boolean;
    readonly records: readonly {
      readonly submitter: Hex;
      readonly state: string;
      readonly stopped: boolean;
    }[];
  }
  const record = async (name: string, exit: number, ...more: string[]): Promise<Recorded> =>
    JSON.parse(done(await by(STRANGER, 'record', proof(name), '--json', ...more), exit)) as Recorded;

  it('record: nothing is on record yet, which is exit code 1', async () => {
    assert.deepEqual((await record('fibonacci', 1)).records, []);
    const shown = done(await by(STRANGER, 'record', proof('fibonacci')), 1);
    assert.match(shown, /^record +none$/m);
    assert.match(shown, /^counts +no$/m);
  });

  it('sign: whoever has the signature submits in the name of whoever signed, and once', async () => {
    const shown = done(await by(STRANGER, 'sign', proof('fibonacci'), '-o', at('signed.json')));
    assert.match(shown, new RegExp(`^by +${address(STRANGER)}$`, 'm'));
    const printed = parseSignature(done(await by(STRANGER, 'sign', proof('fibonacci'))), 'printed');
    const signed = parseSignature(readFileSync(at('signed.json'), 'utf8'), 'signed.json');
    assert.deepEqual(
      { ...printed, deadline: 0n, signature: '0x' },
      { ...signed, deadline: 0n, signature: '0x' },
    );
    assert.deepEqual([signed.submitter, signed.nonce], [address(STRANGER), 0n]);

    const seconds = (): number => Math.floor(Date.now() / 1000);
    const before = seconds();
    const brief = done(await by(STRANGER, 'sign', proof('fibonacci'), '--lifetime', '30m'));
    const { deadline } = parseSignature(brief, 'printed');
    assert.ok(deadline >= before + 1800 && deadline <= seconds() + 1800, String(deadline));
    for (const time of ['1w', '0', '40000d'])
      refused(await by(STRANGER, 'sign', proof('fibonacci'), '--lifetime', time), 'USAGE', /--lifetime/);

    const submit = (name: string, file = 'signed.json', ...more: string[]): Promise<Outcome> =>
      by(OWNER, 'attest', proof(name), '--signature', at(file), '--trust-verifier', ...more);
    refused(await submit('sudoku'), 'SIGNATURE_FOREIGN', /signed for program/);
    refused(
      await submit('fibonacci', 'signed.json', proof('sudoku')),
      'USAGE',
      /--signature is for one proof/,
    );
    refused(await submit('fibonacci', 'signed.json', '--all'), 'USAGE', /--signature is .*without --all/);
    const text = readFileSync(at('signed.json'), 'utf8');
    for (const [change, problem] of [
      [text.replace('"nonce": "0"', '"nonce": "-1"'), /nonce/],
      [text.replace('wattest-signature', 'wattest-proof'), /is not a wattest-signature/],
      [text.replace('"formatVersion": 1', '"formatVersion": 2'), /format 2 of signatures/],
      ['{', /not JSON/],
    ] as const) {
      writeFileSync(at('changed.json'), change);
      refused(await submit('fibonacci', 'changed.json'), 'SIGNATURE_MALFORMED', problem);
    }
    // Of somebody else's name.
    writeFileSync(
      at('changed.json'),
      text.replace(/"submitter": "0x\w+"/, `"submitter": "${address(GUARDIAN).toLowerCase()}"`),
    );
    refused(await submit('fibonacci', 'changed.json'), 'CHAIN_REJECTED', /SignatureInvalid/, 1);

    const attested = JSON.parse(done(await submit('fibonacci', 'signed.json', '--json')));
    assert.deepEqual([attested.recorded, attested.submitter], [true, address(STRANGER)]);
    refused(await submit('fibonacci'), 'SIGNATURE_FOREIGN', /has nonce 0, and .* is at 1/);
    const { counts, records } = await record('fibonacci', 0, '--trust-verifier');
    assert.deepEqual([counts, records.map(({ submitter }) => submitter)], [true, [address(STRANGER)]]);
  });

  it('attest: of several all or none, where that is asked for, by the name of the file that spoils them', async () => {
    const all = await by(OWNER, 'attest', proof('wordcount'), lie, '--all');
    refused(all, 'PROOF_IDENTITY', /lie\.json: /, 1);
    assert.equal((await record('wordcount', 1, '--trust-verifier')).counts, false);
  });

  it('attest: otherwise one that is refused spoils no other', async () => {
    const files = [proof('fibonacci'), lie, proof('wordcount'), proof('wordcount')];
    const outcome = await by(OWNER, 'attest', ...files, '--json');
    const { transactions, proofs } = JSON.parse(done(outcome, 1));
    assert.equal(transactions.length, 1);
    assert.match(outcome.err, /^cost +about [\d,]+ gas at [\d.]+ gwei: [\d.]+ \w+ at most\nsent 0x/m);
    assert.match(outcome.err, new RegExp(`^sent ${transactions[0].transactionHash}$`, 'm'));
    assert.deepEqual(
      proofs.map((one: { outcome: string; file: string }) => [one.file, one.outcome]),
      [
        [files[0], 'already-recorded'],
        [files[1], 'refused'],
        [files[2], 'recorded'],
        [files[3], 'recorded'],
      ],
    );
    assert.equal(proofs[1].error.code, 'PROOF_IDENTITY');
    assert.equal(proofs[2].submitter, address(OWNER));
    const shown = done(
      await by(OWNER, 'attest', proof('wordcount'), proof('sudoku'), '--all', '--trust-verifier'),
    );
    assert.match(shown, /^stood before +\S+wordcount\S+ statement 0x/m);
    assert.match(shown, /^attested +\S+sudoku\S+ statement 0x\w+, block \d+, by 0x/m);
    assert.match(shown, /^transaction +0x\w+ \([\d,]+ gas\)$/m);
    const again = done(await by(OWNER, 'attest', proof('wordcount'), proof('sudoku'), '--trust-verifier'));
    assert.match(again, /^transaction +none was needed$/m);
  });

  it('attest: as many go into one transaction as fit, and all of too many are refused', () => {
    const direct = { file: 'f', document: document('fibonacci') };
    const small = { ...direct, document: { ...direct.document, kind: 'wrap' as const } };
    const sizes = (proofs: readonly (typeof direct)[]): number[] =>
      transactionsOf(proofs).map(({ length }) => length);
    assert.deepEqual(sizes(Array.from({ length: 60 }, () => direct)), [27, 27, 6]);
    assert.deepEqual(sizes(Array.from({ length: 60 }, () => small)), [52, 8]);
    const words = { publicInputs: Array.from({ length: 30_000 }, () => 0n), publicOutputs: [], status: 0n };
    const long = { ...direct, document: { ...direct.document, statement: words } };
    assert.deepEqual(sizes([direct, long, direct, long, direct]), [3, 2]);
  });

  it('--all of more than fit one transaction is refused before anything is sent', async () => {
    const many = Array.from({ length: 28 }, () => proof('fibonacci'));
    const outcome = await by(OWNER, 'attest', ...many, '--all', '--trust-verifier');
    refused(outcome, 'USAGE', /27 of these proofs fit one/);
  });

  it('record: by program and statement, of the keys, and without an account', async () => {
    const { programId, statement, verifyingKey } = document('fibonacci');
    const named = ['--program', programId, '--statement', statementHash(statement)];
    const closed = await endpoint(url, ({ method }) => {
      if (method === 'eth_accounts') throw new Error('unknown method');
      return undefined;
    });
    try {
      const place = ['--network', 'localhost', '--rpc-url', closed.url, '--deployments', at('deployments')];
      const shown = done(await wattest(['record', ...named, ...place]));
      assert.match(
        shown,
        new RegExp(`^record +block \\d+, by ${address(STRANGER)}, under live key ${verifyingKey}$`, 'm'),
      );
      assert.match(shown, /^counts +yes$/m);
      const none = await wattest([
        'record',
        '--program',
        programId,
        '--statement',
        programId,
        ...place,
        '--trust-verifier',
      ]);
      assert.match(done(none, 1), /^record +none$/m);
      const keys = JSON.parse(done(await wattest(['record', ...place, '--json'])));
      assert.deepEqual([keys.owner, keys.guardian], [address(OWNER), address(GUARDIAN)]);
      assert.deepEqual(
        keys.routes.map((route: { kind: string; state: string; vkDigest: Hex }) => [
          route.kind,
          route.state,
          route.vkDigest,
        ]),
        [['direct', 'live', verifyingKey]],
      );
      const locked = await wattest(['attest', proof('fibonacci'), ...place]);
      refused(locked, 'NETWORK_UNKNOWN', /unlocks no account. Set LOCALHOST_PRIVATE_KEY/);
    } finally {
      await closed.close();
    }
    const half = [named.slice(0, 2), [...named, proof('fibonacci')]];
    for (const given of half)
      refused(await by(OWNER, 'record', ...given), 'USAGE', /a program and a statement/);
    refused(await by(OWNER, 'record', '--program', '0x12'), 'USAGE', /64 digits/);
  });

  it('freeze and stop: nothing without --for-good, nothing by strangers, and no key that is not there', async () => {
    refused(await by(OWNER, 'freeze', 'direct'), 'USAGE', /no more proofs under key 0x209e\w+, for good/);
    refused(await by(OWNER, 'stop', 'direct'), 'USAGE', /would count for nothing, for good/);
    refused(await by(OWNER, 'stop'), 'USAGE', /either a key is stopped/);
    refused(await by(STRANGER, 'stop', 'direct', '--for-good'), 'CHAIN_REJECTED', /NotGuardian/, 1);
    refused(await by(GUARDIAN, 'freeze', 'direct', '--for-good'), 'CHAIN_REJECTED', /OwnableUnauthorized/, 1);
    for (const key of ['small', '0x12345678', 'all'])
      refused(await by(OWNER, 'stop', key, '--for-good'), 'INPUT_INVALID', /the registry has no key/);
    const other = `0x${'12'.repeat(32)}`;
    refused(await by(OWNER, 'stop', other, '--for-good'), 'CHAIN_REJECTED', /has no verifier for key/, 1);
    // Here nothing can be proven of a program that does not return.
    refused(
      await by(STRANGER, 'stop', '--proof', proof('fibonacci'), '--for-good'),
      'PROOF_PROGRAM',
      ofProgram('fibonacci'),
      1,
    );
    assert.equal((await record('sudoku', 0, '--trust-verifier')).counts, true);
  });

  it('freeze: no more proofs, and what is on record stays good', async () => {
    const selector = document('fibonacci').verifyingKey.slice(0, 10);
    const { state, verifyingKey } = JSON.parse(
      done(await by(OWNER, 'freeze', selector, '--for-good', '--json')),
    );
    assert.deepEqual([state, verifyingKey], ['frozen', document('fibonacci').verifyingKey]);
    refused(await by(OWNER, 'freeze', 'direct', '--for-good'), 'KEY_STOPPED', /state 2/, 1);
    refused(await by(OWNER, 'attest', proof('sha256')), 'KEY_STOPPED', /RouteNotLive/, 1);
    assert.equal((await record('sudoku', 0, '--trust-verifier')).records[0]?.state, 'frozen');
  });

  it('stop: by the guardian, and records say so and count for nothing', async () => {
    const shown = done(await by(GUARDIAN, 'stop', 'direct', '--for-good'));
    assert.match(shown, new RegExp(`^stopped +key ${document('fibonacci').verifyingKey}$`, 'm'));
    for (const more of [[], ['--trust-verifier']]) {
      const { counts, records } = await record('sudoku', 1, ...more);
      assert.deepEqual(
        [counts, records.map(({ state, stopped }) => [state, stopped])],
        [false, [['stopped', true]]],
      );
    }
    refused(
      await by(OWNER, 'attest', proof('sudoku'), '--trust-verifier'),
      'KEY_STOPPED',
      /has stopped key/,
      1,
    );
    refused(await by(STRANGER, 'sign', proof('sudoku')), 'KEY_STOPPED', /has stopped key/, 1);
    refused(await by(GUARDIAN, 'stop', 'direct', '--for-good'), 'KEY_STOPPED', /state 3/, 1);
    const keys = done(await by(STRANGER, 'record'));
    assert.match(keys, /^0x209e715e stopped +key 0x209e\w+ of direct proofs$/m);
  });

  it('sign and attest: a key that was stopped keeps no other from its records', async () => {
    const account = privateKeyToAccount(OWNER);
    const client = createWalletClient({ account, chain: hardhat, transport: http(url) });
    const keys = await openKeys({ onWarning: () => {} });
    const toy = generateVerifier((await makeToy()).key.key);
    const common = { network: 'localhost', cannotReturn: `0x${'11'.repeat(32)}` } as const;
    const generated = generateVerifier(keys.verifyingKey);
    const first = { ...common, generated, contract: await compileVerifier(generated) };
    const more = { ...common, kind: 'small', generated: toy, contract: await compileVerifier(toy) } as const;
    const { deployment } = await deploy(client, first);
    const { deployment: both } = await deploy(client, { ...more, deployment });
    await stopRoute(client, { registry: both.registry.address, verifyingKey: toy.digest });
    mkdirSync(at('two'));
    writeFileSync(join(at('two'), 'localhost.json'), formatDeployment(both));
    const place = ['--deployments', at('two')];
    done(await by(STRANGER, 'sign', proof('sudoku'), '-o', at('other.json'), ...place));
    const given = ['--signature', at('other.json'), '--trust-verifier', '--json', ...place];
    const attested = JSON.parse(done(await by(OWNER, 'attest', proof('sudoku'), ...given)));
    assert.deepEqual([attested.recorded, attested.submitter], [true, address(STRANGER)]);
  });

  it('stop --proof: by anyone who shows that what cannot return did', async () => {
    // A registry that was told of a program which does return: no honest key accepts a proof of one that does not.
    const keys = await openKeys({ onWarning: () => {} });
    const generated = generateVerifier(keys.verifyingKey);
    const contract = await compileVerifier(generated);
    const account = privateKeyToAccount(OWNER);
    const client = createWalletClient({ account, chain: hardhat, transport: http(url) });
    const cannotReturn = document('fibonacci').programId;
    const { deployment } = await deploy(client, { network: 'localhost', generated, contract, cannotReturn });
    const place = ['--deployments', folder];
    writeFileSync(at('localhost.json'), formatDeployment(deployment));
    done(await by(OWNER, 'attest', proof('sudoku'), ...place, '--trust-verifier'));
    assert.equal((await record('sudoku', 0, ...place, '--trust-verifier')).counts, true);
    const stop = (name: string, ...more: string[]): Promise<Outcome> =>
      by(STRANGER, 'stop', '--proof', proof(name), ...place, ...more);
    refused(await stop('fibonacci'), 'USAGE', /for good/);
    refused(await stop('sudoku', '--for-good'), 'PROOF_PROGRAM', ofProgram('sudoku'), 1);
    const { state } = JSON.parse(done(await stop('fibonacci', '--for-good', '--json')));
    assert.equal(state, 'stopped');
    assert.equal((await record('sudoku', 1, ...place, '--trust-verifier')).counts, false);
    refused(await stop('fibonacci', '--for-good'), 'KEY_STOPPED', /state 3/, 1);
  });
});
