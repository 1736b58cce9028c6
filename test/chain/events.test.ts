/** Events: all that the contracts have are decoded, and told, as those of the ABI. */
import assert from 'node:assert/strict';
import {
  type Abi,
  type AbiEvent,
  decodeEventLog,
  encodeAbiParameters,
  encodeEventTopics,
  getAddress,
  type Hex,
  pad,
  toEventSelector,
  toHex,
  zeroAddress,
  zeroHash,
} from 'viem';
import { contractAbis } from '../../scripts/lib/contracts.ts';
import {
  REGISTRY_ABI,
  REGISTRY_BYTECODE,
  REGISTRY_DEPLOYED_BYTECODE,
} from '../../sdk/src/chain/contracts.generated.ts';
import { decodeEvent, EVENT_TOPICS, type RegistryEvent } from '../../sdk/src/chain/events.ts';
import type { Log } from '../../sdk/src/chain/port.ts';
import { readEvents, watchAttestations } from '../../sdk/src/chain/watch.ts';
import { encodeStatement, statementHash } from '../../sdk/src/solidity/encode.ts';
import * as viem from '../../sdk/src/viem.ts';
import { until } from '../lib/until.ts';
import { refused } from '../lib/verdict.ts';
import { empty, endpoint, HASH, hashOf, REGISTRY } from './blocks.ts';
import { connectChain, type TestChain } from './fixture.ts';

/** Of contracts that are not the registry: those who call them know them. Each with where it stands. */
const OF_OTHERS: Readonly<Record<string, string>> = {
  Spent: 'WattestConsumer',
  Accepted: 'ResultConsumer',
  FakeRegistry: 'MockRegistry',
};
/** Inherited from OpenZeppelin's EIP712, whose domain does not change. */
const NEVER_EMITTED = 'EIP712DomainChanged';

const eventsOf = (abi: readonly unknown[]): AbiEvent[] =>
  (abi as Abi).filter((entry) => entry.type === 'event');
const kebab = (name: string): string => name.replaceAll(/(?<=[a-z])(?=[A-Z])/g, '-').toLowerCase();

const statement = { publicInputs: [1n, 2n ** 64n - 1n], publicOutputs: [], status: 7n };
const encoded = encodeStatement(statement);
/** A value for each argument, by its name and type. */
const exampleOf = (name: string, type: string, seed: number): unknown =>
  ({ ...encoded, statementHash: statementHash(statement) })[name] ??
  {
    address: getAddress(pad(toHex(seed + 0xabcdef), { size: 20 })),
    bool: seed % 2 === 0,
    bytes: pad('0x01', { size: seed + 1 }),
    bytes4: pad(toHex(seed + 1), { size: 4, dir: 'right' }),
    bytes32: pad(toHex(seed + 1), { size: 32 }),
    uint256: BigInt(seed),
  }[type];

function logOf(event: AbiEvent, seed: number): Log {
  const args = Object.fromEntries(
    event.inputs.map(({ name, type }) => [name!, exampleOf(name!, type, seed)]),
  );
  const rest = event.inputs.filter(({ indexed }) => !indexed);
  return {
    address: REGISTRY,
    topics: encodeEventTopics({ abi: [event], args } as never) as Hex[],
    data: encodeAbiParameters(
      rest,
      rest.map(({ name }) => args[name!]),
    ),
    blockNumber: 1n,
    blockHash: hashOf('1'),
    transactionHash: HASH,
    index: 5,
  };
}

describe('events of a registry', () => {
  const declared = eventsOf(contractAbis()['AttestationRegistry']!);
  const own = declared.filter(({ name }) => name !== NEVER_EMITTED);

  it('every event that a contract declares is decoded, or is known to be none of a registry', () => {
    const others = Object.entries(contractAbis()).flatMap(([contract, abi]) =>
      eventsOf(abi)
        .filter(({ name }) => !declared.some((event) => event.name === name))
        .map(({ name }) => [name, contract] as const),
    );
    const unknown = others.filter(([name]) => OF_OTHERS[name] === undefined);
    assert.deepEqual(unknown, []);
    for (const [name, contract] of Object.entries(OF_OTHERS))
      assert.ok(
        others.some(([other, of]) => other === name && of === contract),
        name,
      );
    assert.deepEqual(
      EVENT_TOPICS,
      Object.fromEntries(own.map((event) => [event.name, toEventSelector(event)])),
    );
  });

  it('the code emits each of them, and not the one that is left out', () => {
    const hasTopic = (event: AbiEvent): boolean =>
      REGISTRY_DEPLOYED_BYTECODE.includes(toEventSelector(event).slice(2));
    assert.deepEqual(declared.filter(hasTopic), own);
  });

  it('is what viem decodes by the ABI, with the name in hyphens for its type', () => {
    for (const seed of [0, 1, 2])
      for (const event of own) {
        const log = logOf(event, seed);
        const decoded = decodeEvent(log)!;
        const { args } = decodeEventLog({
          abi: [event] as Abi,
          topics: log.topics as [Hex],
          data: log.data as Hex,
        });
        const given = args as unknown as Readonly<Record<string, unknown>>;
        const { index: position, publicInputs, publicOutputs, status, ...named } = given;
        const { address, topics, data, ...place } = log;
        assert.deepEqual(decoded, {
          type: kebab(event.name),
          ...named,
          ...(position === undefined ? {} : { position }),
          ...(status === undefined ? {} : { statement }),
          ...place,
        });
      }
  });

  it('what no registry emits is none', async () => {
    const [attested, added, stopped, changed] = [
      'Attested',
      'RouteAdded',
      'RouteStopped',
      'GuardianChanged',
    ].map((name) => logOf(own.find((event) => event.name === name)!, 1)) as [Log, Log, Log, Log];
    const replaced = ({ topics }: Log, i: number, topic: Hex): string[] =>
      topics.map((old, at) => (at === i ? topic : old));
    const wrong: readonly (readonly [Log, Partial<Log>])[] = [
      [changed, { topics: [] }],
      [changed, { topics: [zeroHash] }],
      [changed, { topics: changed.topics.slice(0, 2) }],
      [changed, { topics: [...changed.topics, zeroHash] }],
      [changed, { topics: replaced(changed, 1, `0x${'01'.repeat(32)}`) }],
      [added, { data: '0x' }],
      [added, { data: added.data.slice(0, -2) as Hex }],
      [stopped, { data: toHex(2, { size: 32 }) }],
      [attested, { topics: replaced(attested, 2, zeroHash) }],
      // Topics that are no words, and one with something behind its four bytes.
      [attested, { topics: replaced(attested, 1, `0x${'zz'.repeat(32)}`) }],
      [attested, { topics: replaced(attested, 1, `${attested.topics[1] as Hex}00`) }],
      [added, { topics: replaced(added, 2, '0x12') }],
      [added, { topics: replaced(added, 1, `0x${'01'.repeat(32)}`) }],
      // Half of a word of the outputs, and inputs that are not there.
      [attested, { data: attested.data.slice(0, -64) as Hex }],
      [attested, { data: `${attested.data.slice(0, 66)}${'f'.repeat(64)}${attested.data.slice(130)}` }],
    ];
    for (const [log, change] of wrong) {
      assert.ok(decodeEvent(log) !== undefined);
      assert.equal(decodeEvent({ ...log, ...change }), undefined, JSON.stringify(Object.keys(change)));
    }
    const short = { ...added, data: '0x' } as const;
    const reader = endpoint(() => [empty('0'), { hash: hashOf('1'), logs: [short] }]);
    await refused(
      readEvents(reader, { registry: REGISTRY, fromBlock: 0n }),
      'CHAIN_REJECTED',
      /its events are none of a registry/,
    );
  });

  it('a change of the owner that the chain takes back is told to be', async () => {
    const log = logOf(own.find(({ name }) => name === 'OwnershipTransferred')!, 1);
    let blocks = [empty('0'), { hash: hashOf('1'), logs: [log] }];
    const [told, removed]: [RegistryEvent[], RegistryEvent[]] = [[], []];
    const stop = watchAttestations(
      endpoint(() => blocks),
      {
        registry: REGISTRY,
        fromBlock: 0n,
        programId: HASH,
        onEvents: (events) => told.push(...events),
        onRemoved: (events) => removed.push(...events),
        onError: (error) => assert.fail(error),
      },
    );
    await until(() => told.length === 1);
    blocks = [empty('0'), empty('b1')];
    await until(() => removed.length === 1);
    stop();
    assert.deepEqual(removed, told);
    assert.equal(told[0]!.type, 'ownership-transferred');
  });

  describe('on a chain', () => {
    let chain: TestChain;
    before(async () => {
      chain = await connectChain();
    });
    after(() => chain.close());

    it('tells of owner, guardian and what a batch refused, as they come', async () => {
      const [first, second] = [chain.wallet, chain.other];
      const accounts = [first, second].map(({ account }) => getAddress(account.address)) as [Hex, Hex];
      const made = await first.deployContract({
        abi: REGISTRY_ABI,
        bytecode: REGISTRY_BYTECODE,
        args: [accounts[0], accounts[1], zeroAddress, zeroHash],
      });
      const { contractAddress } = await chain.client.waitForTransactionReceipt({ hash: made });
      const registry = contractAddress!;
      const at = { address: registry, abi: REGISTRY_ABI } as const;
      const id: Hex = `0x${'5e'.repeat(32)}`;
      const request = { programId: id, statement: encoded, proof: '0x1234567800' } as const;
      for (const send of [
        () => first.writeContract({ ...at, functionName: 'transferOwnership', args: [accounts[1]] }),
        () => first.writeContract({ ...at, functionName: 'transferOwnership', args: [zeroAddress] }),
        () => first.writeContract({ ...at, functionName: 'transferOwnership', args: [accounts[1]] }),
        () => second.writeContract({ ...at, functionName: 'acceptOwnership' }),
        () => second.writeContract({ ...at, functionName: 'setGuardian', args: [zeroAddress] }),
        () => first.writeContract({ ...at, functionName: 'attestBatch', args: [[request], false] }),
        () => second.writeContract({ ...at, functionName: 'renounceOwnership' }),
      ])
        await chain.client.waitForTransactionReceipt({ hash: await send() });
      const read = async (filter: Partial<viem.EventFilter> = {}): Promise<readonly object[]> =>
        (await viem.readEvents(chain.client, { registry, fromBlock: 0n, ...filter })).map(
          ({ blockNumber, blockHash, transactionHash, index, ...event }) => event,
        );
      const handed = (previousOwner: Hex, newOwner: Hex): object => ({ previousOwner, newOwner });
      const changes = [
        { type: 'ownership-transferred', ...handed(zeroAddress, accounts[0]) },
        { type: 'guardian-changed', before: zeroAddress, guardian: accounts[1] },
        { type: 'ownership-transfer-started', ...handed(accounts[0], accounts[1]) },
        { type: 'ownership-transfer-started', ...handed(accounts[0], zeroAddress) },
        { type: 'ownership-transfer-started', ...handed(accounts[0], accounts[1]) },
        { type: 'ownership-transferred', ...handed(accounts[0], accounts[1]) },
        { type: 'guardian-changed', before: accounts[1], guardian: zeroAddress },
      ];
      const gone = { type: 'ownership-transferred', ...handed(accounts[1], zeroAddress) };
      const reason = `${toEventSelector('RouteUnknown(bytes4)').slice(0, 10)}12345678${'0'.repeat(56)}`;
      const refusal = {
        type: 'refused',
        position: 0n,
        programId: id,
        statementHash: statementHash(statement),
        reason,
      };
      const all = [...changes, refusal, gone];
      assert.deepEqual(await read(), all);
      assert.deepEqual(await read({ programId: id }), all);
      const without = [...changes, gone];
      assert.deepEqual(await read({ programId: HASH }), without);
      assert.deepEqual(await read({ submitter: accounts[0] }), without);
      assert.deepEqual(await read({ programId: id, submitter: accounts[0] }), without);
    });
  });
});
