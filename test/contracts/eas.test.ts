/** The resolver under the contracts of the Ethereum Attestation Service, as their package brings them. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  type Abi,
  concatHex,
  encodeAbiParameters,
  getAddress,
  getContractAddress,
  type Hex,
  parseEventLogs,
  toFunctionSelector,
  zeroAddress,
  zeroHash,
} from 'viem';
import { compileContract } from '../../scripts/lib/contracts.ts';
import { revertData } from '../../sdk/src/chain/reverts.ts';
import { connectChain, type TestChain } from '../chain/fixture.ts';
import { ROOT } from '../structure/sources.ts';

interface Contract {
  readonly abi: Abi;
  readonly bytecode: Hex;
}
const ofEas = (name: string): Contract =>
  JSON.parse(
    readFileSync(
      join(
        ROOT,
        `node_modules/@ethereum-attestation-service/eas-contracts/artifacts/contracts/${name}.sol/${name}.json`,
      ),
      'utf8',
    ),
  );
const ofPackage = (file: string, name: string): Contract => {
  const { abi, evm } = compileContract(file, name);
  return { abi: abi as Abi, bytecode: `0x${evm.bytecode.object}` };
};

const PROGRAM: Hex = `0x${'42'.repeat(32)}`;
const [ONE, TWO, THREE] = ['0x0000000000000001', '0x0000000000000002', '0x0000000000000003'] as const;
const NOT_PROVEN = toFunctionSelector('NotProven()');

describe('contracts: EAS', () => {
  let chain: TestChain;
  const [eas, mock] = [ofEas('EAS'), ofPackage('contracts/mocks/MockRegistry.sol', 'MockRegistry')];
  const resolver = ofPackage('contracts/eas/WattestResolver.sol', 'WattestResolver');
  const schemas = ofEas('SchemaRegistry');
  let at: { readonly schemas: Hex; readonly eas: Hex; readonly mock: Hex; readonly resolver: Hex };
  let schema: Hex;

  const deploy = async ({ abi, bytecode }: Contract, args: readonly unknown[] = []): Promise<Hex> => {
    const hash = await chain.wallet.deployContract({ abi, bytecode, args });
    return (await chain.client.waitForTransactionReceipt({ hash })).contractAddress!;
  };
  const schemaOf = async (address: Hex): Promise<Hex> =>
    (await chain.client.readContract({ abi: resolver.abi, address, functionName: 'SCHEMA' })) as Hex;
  const write = async (abi: Abi, address: Hex, functionName: string, args: readonly unknown[]) => {
    const { request } = await chain.client.simulateContract({
      abi,
      address,
      functionName,
      args,
      account: chain.wallet.account,
    });
    return chain.client.waitForTransactionReceipt({ hash: await chain.wallet.writeContract(request) });
  };
  const data = (inputs: Hex, outputs: Hex): Hex =>
    encodeAbiParameters([{ type: 'bytes' }, { type: 'bytes' }], [inputs, outputs]);
  const attestation = (bytes: Hex, under = schema) => ({
    schema: under,
    data: {
      recipient: zeroAddress,
      expirationTime: 0n,
      revocable: true,
      refUID: zeroHash,
      data: bytes,
      value: 0n,
    },
  });
  /** The id of the attestation, or the first four bytes of the refusal. */
  async function attest(bytes: Hex, under = schema): Promise<Hex> {
    try {
      const { logs } = await write(eas.abi, at.eas, 'attest', [attestation(bytes, under)]);
      const [event] = parseEventLogs({ abi: eas.abi, eventName: 'Attested', logs });
      return (event as unknown as { args: { uid: Hex } }).args.uid;
    } catch (error) {
      const reason = revertData(error);
      if (reason === undefined) throw error;
      return reason.slice(0, 10) as Hex;
    }
  }
  const register = async (text: string, of: Hex, revocable: boolean): Promise<Hex> => {
    const { logs } = await write(schemas.abi, at.schemas, 'register', [text, of, revocable]);
    const [event] = parseEventLogs({ abi: schemas.abi, eventName: 'Registered', logs });
    return (event as unknown as { args: { uid: Hex } }).args.uid;
  };
  const counts = (uid: Hex): Promise<unknown> =>
    chain.client.readContract({
      abi: resolver.abi,
      address: at.resolver,
      functionName: 'counts',
      args: [uid],
    });
  const fake = (inputs: Hex, outputs: Hex): Promise<unknown> =>
    write(mock.abi, at.mock, 'fake', [PROGRAM, inputs, outputs]);

  before(async () => {
    chain = await connectChain();
    const registered = await deploy(schemas);
    const service = await deploy(eas, [registered]);
    const registry = await deploy(mock);
    const resolving = await deploy(resolver, [service, registry, PROGRAM, 1n]);
    at = { schemas: registered, eas: service, mock: registry, resolver: resolving };
    schema = await schemaOf(resolving);
  });
  after(() => chain?.close());

  it('takes no attestation without a proof, and one with it', async () => {
    assert.equal(await attest(data(ONE, TWO)), NOT_PROVEN);
    await fake(ONE, TWO);
    assert.equal(await attest(data(ONE, THREE)), NOT_PROVEN);
    const uid = await attest(data(ONE, TWO));
    assert.equal(uid.length, 66);
    assert.equal(await counts(uid), true);
    assert.equal(await counts(`0x${'11'.repeat(32)}`), false);
    await write(eas.abi, at.eas, 'revoke', [{ schema, data: { uid, value: 0n } }]);
    assert.equal(await counts(uid), false);
  });

  it('nor several of which one has none', async () => {
    const { data: good } = attestation(data(ONE, TWO));
    const { data: bad } = attestation(data(ONE, THREE));
    const many = (list: readonly unknown[]) =>
      write(eas.abi, at.eas, 'multiAttest', [[{ schema, data: list }]]);
    assert.equal((await many([good, good])).status, 'success');
    await assert.rejects(many([good, bad]), (error) => revertData(error) === NOT_PROVEN);
  });

  it('nor inputs with a word more, or data of another encoding', async () => {
    const longer = concatHex([ONE, TWO]);
    await fake(longer, TWO);
    assert.equal(await attest(data(longer, TWO)), toFunctionSelector('InputLength(uint256,uint256)'));
    assert.equal(await attest(concatHex([data(ONE, TWO), zeroHash])), toFunctionSelector('DataInvalid()'));
  });

  it('nor from anybody but EAS', async () => {
    const taken = {
      uid: zeroHash,
      schema,
      time: 0n,
      expirationTime: 0n,
      revocationTime: 0n,
      refUID: zeroHash,
    };
    const others = { recipient: zeroAddress, attester: zeroAddress, revocable: true, data: data(ONE, TWO) };
    const direct = write(resolver.abi, at.resolver, 'attest', [{ ...taken, ...others }]);
    await assert.rejects(direct, (error) => revertData(error) === toFunctionSelector('AccessDenied()'));
  });

  it('nor under another schema than its own, which it registers itself', async () => {
    const {
      uid,
      schema: text,
      revocable,
      resolver: of,
    } = (await chain.client.readContract({
      ...{ abi: schemas.abi, address: at.schemas, functionName: 'getSchema', args: [schema] },
    })) as { uid: Hex; schema: string; revocable: boolean; resolver: Hex };
    assert.deepEqual(
      [uid, text, revocable, of.toLowerCase()],
      [schema, 'bytes publicInputs,bytes publicOutputs', true, at.resolver.toLowerCase()],
    );
    for (const [other, canBeRevoked] of [
      ['bytes publicOutputs,bytes publicInputs', true],
      [text, false],
    ] as const) {
      const foreign = await register(other, at.resolver, canBeRevoked);
      const given = attestation(data(ONE, TWO), foreign);
      const { data: rest } = given;
      const attested = write(eas.abi, at.eas, 'attest', [
        { ...given, data: { ...rest, revocable: canBeRevoked } },
      ]);
      await assert.rejects(attested, (error) =>
        revertData(error)!.startsWith(toFunctionSelector('SchemaInvalid(bytes32)')),
      );
    }
    // Under a schema without a resolver EAS takes anything, and this contract counts none of it.
    const uidOfNone = await attest(data(ONE, TWO), await register(text, zeroAddress, true));
    assert.equal(uidOfNone.length, 66);
    assert.equal(await counts(uidOfNone), false);
  });

  it('is deployed also where somebody registered its schema before it was there', async () => {
    const from = chain.wallet.account.address;
    // One transaction registers, the next one deploys.
    const nonce = BigInt((await chain.client.getTransactionCount({ address: from })) + 1);
    const address = getContractAddress({ from, nonce });
    const early = await register('bytes publicInputs,bytes publicOutputs', address, true);
    const deployed = await deploy(resolver, [at.eas, at.mock, PROGRAM, 1n]);
    assert.equal(getAddress(deployed), getAddress(address));
    assert.equal(await schemaOf(address), early);
  });

  it('and says of one that stands that its key was stopped', async () => {
    const uid = await attest(data(ONE, TWO));
    assert.equal(await counts(uid), true);
    await write(mock.abi, at.mock, 'stop', ['0xffffff00']);
    assert.equal(await counts(uid), false);
    assert.equal(await attest(data(ONE, TWO)), NOT_PROVEN);
  });
});
