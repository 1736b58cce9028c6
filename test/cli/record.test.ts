/** `wattest record` of runs that failed: proven, on record, and no result. By the secret of a toy's SRS, which proves any run. */
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import hre from 'hardhat';
import { createWalletClient, http } from 'viem';
import { privateKeyToAccount } from 'viem/accounts';
import { hardhat } from 'viem/chains';
import { proofPath } from '../../scripts/lib/fixtures.ts';
import { formatDeployment } from '../../sdk/src/chain/deployments.ts';
import {
  generateVerifier,
  type ProofDocument,
  readProofDocument,
  writeProofDocument,
} from '../../sdk/src/index.ts';
import { developmentTau } from '../../sdk/src/kzg/known-tau.ts';
import { STATUS_EXITED } from '../../sdk/src/machine/program.ts';
import { machineDigest, programId } from '../../sdk/src/plonk/keys/key.ts';
import { compileVerifier } from '../../sdk/src/solidity/compile.ts';
import { statementHash } from '../../sdk/src/solidity/encode.ts';
import { attest, deploy } from '../../sdk/src/viem.ts';
import { CANNOT_RETURN } from '../chain/fixture.ts';
import { forge } from '../chain/forger.ts';
import { makeToy } from '../plonk/toy.ts';
import { endpoint } from './lib/endpoint.ts';
import { type Outcome, wattest } from './lib/wattest.ts';

/** The first account of Hardhat's well-known mnemonic. */
const KEY = '0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80';

describe('command line, what a record counts for', () => {
  let folder: string;
  let url: string;
  let close: () => Promise<void>;
  let returned: ProofDocument;
  let exited: ProofDocument;

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'wattest-record-'));
    const server = await hre.network.createServer(undefined, '127.0.0.1', 0);
    const { address, port } = await server.listen();
    url = `http://${address}:${port}`;
    close = () => server.close();
    const account = privateKeyToAccount(KEY);
    const client = createWalletClient({ account, chain: hardhat, transport: http(url) });
    const toy = await makeToy();
    const { key } = toy.key;
    const generated = generateVerifier(key);
    const contract = await compileVerifier(generated);
    const made = { network: 'localhost', generated, contract, cannotReturn: CANNOT_RETURN } as const;
    const { deployment } = await deploy(client, made);
    writeFileSync(join(folder, 'localhost.json'), formatDeployment(deployment));
    const form = readProofDocument(readFileSync(proofPath('sudoku'), 'utf8'), 'sudoku');
    const documentOf = (status: bigint): ProofDocument => {
      const statement = { publicInputs: [1n], publicOutputs: [2n], status };
      const proof = forge({ key, program: toy.program.key, statement, tau: developmentTau('toy') });
      return {
        ...form,
        machine: machineDigest(key),
        verifyingKey: key.digest,
        programId: programId(machineDigest(key), toy.program.key),
        programKey: toy.program.key,
        statement,
        proof: `0x${Buffer.from(proof).toString('hex')}`,
      };
    };
    [returned, exited] = [documentOf(0n), documentOf(STATUS_EXITED + 3n)];
    for (const document of [returned, exited])
      await attest(client, { ...document, registry: deployment.registry.address });
  });
  after(async () => {
    await close?.();
    rmSync(folder, { recursive: true, force: true });
  });

  const record = (what: readonly string[], rpc = url): Promise<Outcome> =>
    wattest([
      ...['record', ...what, '--network', 'localhost', '--rpc-url', rpc],
      ...['--deployments', folder, '--trust-verifier'],
    ]);
  const byHash = ({ programId: id, statement }: ProofDocument): readonly string[] => [
    ...['--program', id, '--statement', statementHash(statement)],
  ];
  /** The exit code, and the last row. */
  const counts = async (outcome: Promise<Outcome>): Promise<readonly [number | null, string]> => {
    const { code, out, err } = await outcome;
    const [, text] = /^counts +(.*)$/m.exec(out) ?? assert.fail(err);
    return [code, text!];
  };

  it('by the hash of a statement: the event of the record says how the run ended', async () => {
    assert.deepEqual(await counts(record(byHash(returned))), [0, 'yes']);
    const outcome = await record(byHash(exited));
    assert.match(outcome.err, /warning: the run failed: it exited with code 3/);
    assert.match(outcome.out, /^status +exited with code 3$/m);
    assert.match(outcome.out, /^record +block \d+, by 0x\w+, under live key 0x\w+$/m);
    assert.deepEqual(await counts(Promise.resolve(outcome)), [1, 'no: the run exited with code 3']);
    const json = JSON.parse((await record([...byHash(exited), '--json'])).out);
    assert.deepEqual([json.counts, json.status, json.records.length], [false, 'exited', 1]);
  });

  it('by the proof likewise', async () => {
    for (const [name, document, expected] of [
      ['returned', returned, [0, 'yes']],
      ['exited', exited, [1, 'no: the run exited with code 3']],
    ] as const) {
      const path = join(folder, `${name}.json`);
      writeFileSync(path, writeProofDocument(document));
      assert.deepEqual(await counts(record([path])), expected);
    }
  });

  it('where the endpoint has no events it is not known, and nothing counts by a guess', async () => {
    for (const answer of [[], undefined]) {
      const silent = await endpoint(url, ({ method }) => {
        if (method !== 'eth_getLogs') return undefined;
        if (answer === undefined) throw new Error('history has been pruned');
        return answer;
      });
      try {
        for (const document of [returned, exited]) {
          const outcome = await record(byHash(document), silent.url);
          assert.match(outcome.out, /^status +not known/m);
          const [code, text] = await counts(Promise.resolve(outcome));
          assert.equal(code, 1);
          assert.match(text, /^not known: /);
        }
        const json = JSON.parse((await record([...byHash(returned), '--json'], silent.url)).out);
        assert.deepEqual([json.counts, json.status, json.records.length], [false, null, 1]);
      } finally {
        await silent.close();
      }
    }
  });
});
