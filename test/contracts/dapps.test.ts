/** The two example dApps with real proofs, one of each, against the contracts as they are deployed. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, concatBytes, hexToBytes } from '@noble/hashes/utils.js';
import { type Hex, numberToHex } from 'viem';
import { madeUpMembers } from '../../examples/page/src/programs/tree.ts';
import {
  cannotReturn,
  generateVerifier,
  openSession,
  type ProofDocument,
  prove,
  run,
  type Session,
} from '../../sdk/src/index.ts';
import { compileVerifier } from '../../sdk/src/solidity/compile.ts';
import { encodeCallProof } from '../../sdk/src/solidity/encode.ts';
import type { TypedProgram } from '../../sdk/src/typed.ts';
import { attest, deploy, readAttestation } from '../../sdk/src/viem.ts';
import { connectChain, type TestChain, type Wallet } from '../chain/fixture.ts';
import { wattest } from '../cli/lib/wattest.ts';
import { ROOT } from '../structure/sources.ts';
import { importGenerated } from '../typed/lib/generated.ts';
import { type PutContract, putContract } from './lib/put.ts';

interface GameInputs {
  readonly chainId: bigint;
  readonly scores: Hex;
  readonly player: Hex;
  readonly round: bigint;
  readonly seed: bigint;
}
type Game = TypedProgram<
  GameInputs,
  { readonly moves: Hex },
  { readonly score: bigint; readonly largest: bigint }
>;

interface MemberInputs {
  readonly chainId: bigint;
  readonly gate: Hex;
  readonly root: Hex;
  readonly account: Hex;
}
interface MemberSecret {
  readonly secret: Hex;
  readonly place: bigint;
  readonly siblings: readonly Hex[];
}
type Membership = TypedProgram<MemberInputs, MemberSecret, { readonly nullifier: Hex }>;

const hex = (bytes: Uint8Array): Hex => `0x${bytesToHex(bytes)}`;

describe('contracts: two dApps', () => {
  let chain: TestChain;
  let session: Session;
  let registry: Hex;
  let player: Wallet;
  let relayer: Wallet;

  before(async () => {
    chain = await connectChain();
    [player, relayer] = [chain.wallet, chain.other];
    session = await openSession({ onWarning: () => {} });
    const generated = generateVerifier(session.verifyingKey);
    const contract = await compileVerifier(generated);
    const given = { network: 'hardhat', generated, contract, cannotReturn: await cannotReturn(session) };
    ({ address: registry } = (await deploy(player, given)).registry);
  });
  after(async () => {
    await session?.dispose();
    await chain?.close();
  });

  const put = (folder: string, name: string, args: readonly unknown[]): Promise<PutContract> =>
    putContract(chain, `examples/${folder}/${name}.sol`, name, args);

  const proofOf = async (folder: string, name: string, given: object): Promise<ProofDocument> => {
    const wasm = readFileSync(join(ROOT, `examples/${folder}/generated/${name}.wasm`));
    return (await prove(session, { wasm, ...given })).document;
  };
  /** As the contract takes it. */
  const callProof = ({ proof, programKey }: ProofDocument): Hex =>
    encodeCallProof(hexToBytes(proof.slice(2)), programKey);

  for (const [folder, name] of [
    ['scores', 'Game'],
    ['members', 'Membership'],
  ] as const) {
    it(`${name}: what is committed is what manifest, source and compilers make`, async () => {
      const manifest = join(ROOT, `examples/${folder}/wattest.json`);
      const { code, err } = await wattest(['bind', '--check', '--manifest', manifest]);
      assert.equal(code, 0, err);
    });
  }

  it('a high score is taken of a game that was played, for its player, whoever brings it', async () => {
    const { Game: program } = await importGenerated<{ Game: Game }>('examples/scores/generated/Game.ts');
    const scores = await put('scores', 'HighScores', [registry]);
    assert.equal(await scores.call('open', []), 'success');
    const inputs: GameInputs = {
      chainId: 31337n,
      scores: scores.address,
      player: player.account.address,
      round: 1n,
      seed: (await scores.read('seedOf', player.account.address)) as bigint,
    };
    const given = program.encode({ inputs, privateInputs: { moves: `0x${'00020103'.repeat(6)}` } });
    const document = await proofOf('scores', 'Game', given);
    const { outputs } = program.read(document);
    assert.ok(outputs.score > 0n && outputs.largest >= 4n);
    const better = { ...outputs, score: outputs.score + 4n };
    assert.equal(await scores.call('submit', [inputs, outputs]), 'NotProven');
    assert.equal(await scores.call('submitProof', [inputs, better, callProof(document)]), 'IdentityFails');
    await attest(relayer, { ...document, registry });
    assert.equal(await scores.call('submit', [inputs, better]), 'NotProven');
    const thief = { ...inputs, player: relayer.account.address };
    assert.equal(await scores.call('submit', [thief, outputs]), 'NotProven');
    assert.equal(await scores.call('submit', [inputs, outputs]), 'success');
    assert.equal(await scores.call('submit', [inputs, outputs]), 'AlreadySpent');
    const [first] = (await scores.read('table', 1n)) as { player: Hex; score: bigint }[];
    assert.equal(first!.player.toLowerCase(), inputs.player.toLowerCase());
    assert.equal(first!.score, outputs.score);
  });

  it('a member lets one account in and says neither who it is nor a second time', async () => {
    const { Membership: program } = await importGenerated<{ Membership: Membership }>(
      'examples/members/generated/Membership.ts',
    );
    const { root, cardOf } = madeUpMembers();
    const known = { ...cardOf(77), place: 77n };
    const gate = await put('members', 'Gate', [registry, player.account.address, root]);
    const inputs: MemberInputs = {
      chainId: 31337n,
      gate: gate.address,
      root,
      account: '0x00000000000000000000000000000000000000bb',
    };
    const wasm = readFileSync(join(ROOT, 'examples/members/generated/Membership.wasm'));
    // Nobody without a secret below the root: the run ends in `require`, so there is no proof that it returned.
    const stranger = { ...known, secret: hex(sha256(Uint8Array.of(1))) };
    const { status } = await run({ wasm, ...program.encode({ inputs, privateInputs: stranger }) });
    assert.match(status.text, /^trapped/);

    const document = await proofOf('members', 'Membership', program.encode({ inputs, privateInputs: known }));
    const { outputs } = program.read(document);
    const chainBytes = hexToBytes(numberToHex(31337, { size: 8 }).slice(2));
    const hashed = [hexToBytes(known.secret.slice(2)), chainBytes, hexToBytes(gate.address.slice(2))];
    assert.equal(outputs.nullifier, hex(sha256(concatBytes(...hashed))));
    const proof = callProof(document);
    const other = { ...inputs, account: relayer.account.address };
    assert.equal(await gate.call('enter', [other, outputs, proof]), 'IdentityFails');
    assert.equal(await gate.call('enter', [inputs, { nullifier: root }, proof]), 'IdentityFails');
    assert.equal(await gate.call('enter', [inputs, outputs, proof]), 'success');
    assert.equal(await gate.read('isMember', inputs.account), true);
    assert.equal(await gate.call('enter', [inputs, outputs, proof]), 'AlreadySpent');
    // Proof and use in one call: the gate stands in the record.
    const record = await readAttestation(chain.client, { ...document, registry });
    assert.equal(record!.submitter.toLowerCase(), gate.address.toLowerCase());
  });
});
