/** Advices about chains and deployments. */
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import hre from 'hardhat';
import { createWalletClient, http, publicActions } from 'viem';
import { openSession, prove, writeProofDocument } from '../../sdk/src/index.ts';
import { attest } from '../../sdk/src/viem.ts';
import { endpoint } from '../cli/lib/endpoint.ts';
import { type Elsewhere, succeeds, type Table } from './lib/follow.ts';
import { cleanUp, file, folder, once, proven } from './lib/shared.ts';

/** A key that development nodes have had for years. */
const KEY = '0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80';
const ID = '31337';

const node: () => Promise<string> = once(async () => {
  const server = await hre.network.createServer(undefined, '127.0.0.1', 0);
  const { address, port } = await server.listen();
  cleanUp(() => server.close());
  return `http://${address}:${port}`;
});
const deployments = (name = 'deployments'): string[] => ['--deployments', join(folder(), name)];
/** `localhost`, with what was deployed there once. */
const deployed: () => Promise<string[]> = once(async () => {
  const at = ['--network', 'localhost', '--rpc-url', await node(), ...deployments()];
  await succeeds(['deploy', ...at]);
  return at;
});
/** Commands that check what was deployed there, at the URL that they are given. */
async function checkAt(): Promise<(url: string) => string[]> {
  await deployed();
  return (url) => ['deploy', '--network', 'localhost', '--rpc-url', url, ...deployments(), '--check'];
}
const recorded = (): string => join(folder(), 'deployments/localhost.json');

const HOSTILE = (title: string): Elsewhere => ({ test: 'test/cli/hostile-chain.test.ts', title });
const GATEWAY = (title: string): Elsewhere => ({ test: 'test/chain/gateway.test.ts', title });
const TIMELOCK = (title: string): Elsewhere => ({ test: 'test/chain/timelock.test.ts', title });
const SOURCES = (title: string): Elsewhere => ({ test: 'test/cli/verify-source.test.ts', title });
const WRAP: Elsewhere = {
  test: 'test/cli/wrap.test.ts',
  title: 'one deployment takes both kinds, and each proof finds its verifier',
};
const CALLDATA: Elsewhere = {
  test: 'test/cli/calldata.test.ts',
  title: 'an account that is not the owner hears of it, and the owner does what is printed',
};
const HANDED: Elsewhere = {
  test: 'test/cli/calldata.test.ts',
  title: 'a call is for the owner that the deployment names, or that is named, and no other',
};
const RECEIPT = {
  because:
    'takes a chain whose transactions fail though their simulation had not; what can be looked at then is on that chain',
};

export const CHAINS: Table = {
  'Use letters, digits and dashes': async (advised) => {
    await advised.byCommand(['deploy', '--network', '../x']);
    // A name is then asked where it is.
    await assert.rejects(succeeds(['deploy', '--network', 'my-net']), /MY_NET_RPC_URL/);
  },
  'Set …_RPC_URL, or give --rpc-url': async (advised) => {
    const command = ['deploy', '--network', 'mine', '--chain-id', ID, ...deployments('mine')];
    const [prefix] = await advised.byCommand(command);
    await succeeds(command, { [`${/\w+$/.exec(prefix!)![0]}_RPC_URL`]: await node() });
    await succeeds([...command, '--rpc-url', await node(), '--check']);
  },
  'Give --chain-id, so that nothing is signed for another chain': async (advised) => {
    const command = ['deploy', '--network', 'other', '--rpc-url', await node(), ...deployments('other')];
    await advised.byCommand(command);
    await succeeds([...command, '--chain-id', ID]);
  },
  'Use an endpoint of this network, or name the chain with --chain-id': async (advised) => {
    const at = ['--rpc-url', await node(), ...deployments('named')];
    await advised.byCommand(['deploy', '--network', 'sepolia', ...at]);
    await succeeds(['deploy', '--network', 'localhost', ...at]);
    await succeeds(['deploy', '--network', 'devnet', ...at, '--chain-id', ID]);
  },
  'Give a whole URL that begins with …': async (advised) => {
    const at = await checkAt();
    const url = await node();
    for (const other of ['ftp', 'ws', 'file']) {
      const [schemes] = await advised.byCommand(at(url.replace('http', other)));
      assert.equal(schemes, 'http:// or https://');
    }
    for (const other of [url.replace('http://', ''), 'http://a key', 'http://', 'http://127.0.0.1:99999/key'])
      await advised.byCommand(at(other));
    await succeeds(at(url));
  },
  'Give the client a whole URL that begins with …; one with … is for webSocket of viem and WebSocketProvider of ethers':
    {
      test: 'test/chain/endpoints.test.ts',
      title: 'none that can be asked by such a URL',
    },
  'Give the client of WebSockets a URL that begins with …': {
    test: 'test/chain/endpoints.test.ts',
    title: 'none that can be asked, among several of viem, or by a WebSocket',
  },
  'Set 0x and 64 hexadecimal digits': async (advised) => {
    const command = ['deploy', ...(await deployed()), '--replace', '--dry-run'];
    await advised.byCommand(command, { LOCALHOST_PRIVATE_KEY: 'abc' });
    await succeeds(command, { LOCALHOST_PRIVATE_KEY: KEY });
  },
  'Set …_PRIVATE_KEY': async (advised) => {
    const locked = await endpoint(await node(), ({ method }) => (method === 'eth_accounts' ? [] : undefined));
    cleanUp(() => locked.close());
    const command = ['deploy', '--network', 'localhost', '--rpc-url', locked.url, ...deployments('locked')];
    const [prefix] = await advised.byCommand(command);
    await succeeds(command, { [`${/\w+$/.exec(prefix!)![0]}_PRIVATE_KEY`]: KEY });
  },
  'Start the node, or check the endpoint': async (advised) => {
    const check = await checkAt();
    await advised.byCommand(check('http://127.0.0.1:1'));
    await succeeds(check(await node()));
  },
  'Look at it with --check, or overwrite the file with --replace: what stands is found again, and another --salt deploys anew':
    async (advised) => {
      const at = await deployed();
      const file = (): string => readFileSync(recorded(), 'utf8');
      await advised.byCommand(['deploy', ...at]);
      await succeeds(['deploy', ...at, '--check']);
      const { registry } = JSON.parse(file());
      await succeeds(['deploy', ...at, '--replace']);
      assert.equal(JSON.parse(file()).registry.address, registry.address);
      await succeeds(['deploy', ...at, '--replace', '--salt', '1']);
      assert.notEqual(JSON.parse(file()).registry.address, registry.address);
    },
  'Deploy to this network first (wattest deploy --network NAME), or say where its file is: --deployments FOLDER':
    async (advised) => {
      const at = await deployed();
      const { path } = await proven();
      const elsewhere = [...at.slice(0, 4), ...deployments('nowhere')];
      await advised.byCommand(['attest', path, ...elsewhere]);
      await succeeds(['attest', path, ...at]);
      await succeeds(['deploy', ...elsewhere]);
      await succeeds(['attest', path, ...elsewhere]);
    },
  'Restore the file from version control, or deploy again': async (advised) => {
    const at = await deployed();
    const { path } = await proven();
    const good = readFileSync(recorded(), 'utf8');
    writeFileSync(recorded(), good.replace('"network"', '"net"'));
    await advised.byCommand(['attest', path, ...at]);
    writeFileSync(recorded(), good);
    await succeeds(['attest', path, ...at]);
  },
  'Deploy the verifier of this key (--deployments FOLDER keeps several deployments), or prove with the release, SRS and limits of the deployed one':
    async (advised) => {
      const at = await deployed();
      const { wasm, path } = await proven();
      await using small = await openSession({ maxLog: 14, onWarning: () => {} });
      const { document } = await prove(small, { wasm, args: [2, 3] });
      const other = file('small-key.json', writeProofDocument(document));
      await advised.byCommand(['attest', other, ...at]);
      await succeeds(['attest', path, ...at]);
      const beside = [...at.slice(0, 4), ...deployments('beside'), '--max-log', '14'];
      await succeeds(['deploy', ...beside]);
      await succeeds(['attest', other, ...beside]);
    },
  'Check the network and the address, and that the proof was made for the contract that stands there': async (
    advised,
  ) => {
    const at = await deployed();
    const { document } = await proven();
    const client = createWalletClient({ transport: http(await node()) }).extend(publicActions);
    const [account] = await client.getAddresses();
    const wallet = createWalletClient({ account: account!, transport: http(await node()) }).extend(
      publicActions,
    );
    const { verifiers, registry } = JSON.parse(readFileSync(recorded(), 'utf8'));
    const { verifyingKey } = document;
    await advised.by(() => attest(wallet, { ...document, registry: verifiers[0].address, verifyingKey }));
    await succeeds(['deploy', ...at, '--check']);
    await attest(wallet, { ...document, registry: registry.address, verifyingKey });
  },
  'Do not trust this endpoint, wait until gas is cheaper, or allow more with --max-fee (maxFee in the SDK)':
    async (advised) => {
      const at = ['--network', 'localhost', '--rpc-url', await node(), ...deployments('dear')];
      // By transactions of its own: what stands by another deployment would cost nothing.
      const command = ['deploy', ...at, '--create'];
      await advised.byCommand([...command, '--max-fee', '0.000001']);
      await succeeds([...command, '--max-fee', '2']);
    },
  'Do not trust this endpoint, or plan again: fees may have risen': {
    test: 'test/chain/factory.test.ts',
    title: 'nothing is signed beyond twice of what was planned, whatever the endpoint says afterwards',
  },
  'Finish it with the options that it was begun with, or forget it with --replace': HOSTILE(
    'a deployment that fails at its second transaction goes on with its first',
  ),
  '…; then run the command again: it goes on with what was sent (…; without this file it begins anew)':
    HOSTILE('a deployment that fails at its second transaction goes on with its first'),
  '…, which checks the verifier; or believe the deployment file with --trust-verifier': HOSTILE(
    'is not believed that a verifier verifies, unless told so',
  ),
  'Do not use it: deploy again, or use the version it was deployed with': HOSTILE(
    'is not believed that a registry is one',
  ),
  'Prove under a key that is in use; what was recorded under this one is worth nothing': GATEWAY(
    'a stopped key takes no proofs, and its records are readable and worth nothing',
  ),
  'Prove under a key that is in use: see the routes of the registry (wattest deploy --network NAME --check).':
    GATEWAY('a retired key takes no proofs, and its records stay good until it is stopped'),
  "Deploy with the owner's account; an owner that is a timelock or another contract calls addRoute of a verifier of key … by itself: wattest route add (--calldata prints the call for one that is no timelock)":
    GATEWAY('a verifier is added to a deployment by the owner of its registry alone'),
  "Deploy with the owner's account (wattest deploy), or have the owner send the call that is printed: wattest route add --calldata (prepareOnly in the SDK)":
    CALLDATA,
  'Use the account that may, or have the call printed that it is to send: --calldata (prepareOwnerCall of wattest/viem or wattest/ethers in the SDK)':
    CALLDATA,
  'Ask another endpoint; if the registry was handed over, name its owner: --owner ADDRESS (owner in the SDK)':
    HANDED,
  'Give --calldata too, or leave it out': HANDED,
  'Give it in `others`; or say `trustOthers` and ask for records under one key alone': GATEWAY(
    'a verifier is added to a deployment by the owner of its registry alone',
  ),
  'Restore the deployment file that names this verifier, or deploy a registry of its own': GATEWAY(
    'a verifier is added to a deployment by the owner of its registry alone',
  ),
  'Use another key; what was recorded under this one is worth nothing': {
    test: 'test/chain/impostors.test.ts',
    title: 'a registry whose only key is stopped',
  },
  'Deploy another kind, or deploy anew': {
    test: 'test/chain/small-proof.test.ts',
    title: 'like that of direct proofs, in one registry',
  },
  'Use the release of wattest that deployed it, or have the file written anew with --replace': async (
    advised,
  ) => {
    const at = await deployed();
    const { path } = await proven();
    const good = readFileSync(recorded(), 'utf8');
    writeFileSync(recorded(), good.replace('"formatVersion": 3', '"formatVersion": 2'));
    await advised.byCommand(['attest', path, ...at]);
    await succeeds(['deploy', ...at, '--replace']);
    await succeeds(['attest', path, ...at]);
  },
  'Add it to the deployment: wattest deploy --network ……': WRAP,
  'Leave out --owner, --guardian and --timelock; its owner can change them by its functions': WRAP,
  'Give its delay: --timelock 2d': {
    test: 'test/cli/deploy.test.ts',
    title: 'refuses options that say two things, or nothing',
  },
  'Leave out the owner (--owner), or the timelock (--timelock)': TIMELOCK(
    'is refused where it could do nothing, or too late',
  ),
  'Give whole seconds, a year at most': TIMELOCK('is refused where it could do nothing, or too late'),
  'Try again later: what is verified stays so, and is not verified twice': SOURCES(
    'tries again what may be over soon',
  ),
  'Run the command again: what is verified stays so, and is not verified twice':
    SOURCES('is interrupted at once'),
  'Name the server that answers itself: --…-url': SOURCES(
    'keeps the key to itself: a reason that repeats it, another host that it is sent on to',
  ),
  'Check chain and address with `wattest deploy --check`; the contract may be too new to it: try again in a minute':
    SOURCES('says why a service refuses'),
  'Verify the sources of a public chain, or name a server of your own (--sourcify-url)': SOURCES(
    'wants a key for Etherscan, and a chain that others see',
  ),
  'Set ETHERSCAN_API_KEY (it is never taken from the command line), or verify with Sourcify alone': SOURCES(
    'wants a key for Etherscan, and a chain that others see',
  ),
  'Run this again then, or cancel it: wattest route cancel …': {
    test: 'test/cli/deploy.test.ts',
    title: 'puts a timelock in front of the registry: what it adds waits, what the guardian stops does not',
  },
  'Say `route add`, `route freeze KEY`, `route cancel ID` or `route list`': {
    test: 'test/cli/deploy.test.ts',
    title: 'puts a timelock in front of the registry: what it adds waits, what the guardian stops does not',
  },
  'Look at what it has done (its events), and write down in the file what is meant': TIMELOCK(
    'is found out where it is not what the file says',
  ),
  'Name a proposer: --proposer ADDRESS': TIMELOCK('is refused where it could do nothing, or too late'),
  'Give addresses of accounts or contracts': TIMELOCK('is refused where it could do nothing, or too late'),
  'Name an executor, or leave them out: anybody, then': TIMELOCK(
    'is refused where it could do nothing, or too late',
  ),
  'Name … at most, or a contract that stands for many': TIMELOCK(
    'is refused where it could do nothing, or too late',
  ),
  'Publish it (--publish-factory; 0.01 of the coin), or deploy by plain transactions (--create; `salt: null` in the SDK), at addresses of this chain alone':
    {
      test: 'test/chain/factory.test.ts',
      title: 'is asked of a public chain, and published there where that is wanted',
    },
  'Deploy by plain transactions (--create; `salt: null` in the SDK), at addresses of this chain alone': {
    test: 'test/chain/factory.test.ts',
    title: 'is not paid for where its transaction was mined and failed',
  },
  'Try again when the node has caught up; a chain that derives addresses in another way takes plain transactions (--create; `salt: null` in the SDK)':
    {
      test: 'test/chain/factory.test.ts',
      title: 'is asked of a public chain, and published there where that is wanted',
    },
  'Give --yes, and --max-fee with what a transaction may cost; or run it in a terminal': {
    test: 'test/cli/deploy.test.ts',
    title: 'nobody who could be asked is an error before anything is made or sent',
  },
  'Use a verifier of a ceremony, or allowInsecure (--allow-insecure) where nothing depends on it': {
    test: 'test/chain/development-keys.test.ts',
    title: 'is read where that is asked for, and says itself what it is',
  },
  'Import a ceremony file (.ptau) and make the key from it, or use a development chain.': {
    test: 'test/chain/flavours.test.ts',
    title: 'a development key deploys on development chains only',
  },
  'Try again when the node has caught up: what was sent is not sent again': {
    test: 'test/chain/unfinished.test.ts',
    title: 'while it waits for a receipt goes on with what was sent',
  },
  'The proof is forged, corrupt, or for another program, statement or verifier.': HOSTILE(
    'the genuine one takes a true statement and refuses the lie',
  ),
  'Check the address and the arguments.': {
    test: 'test/chain/actions.test.ts',
    title: 'names what the program key lacks',
  },
  'Give the call more gas; the chain must have the precompiles of EIP-196 and EIP-197.': {
    test: 'test/chain/verifier.test.ts',
    title: 'names a precompile that runs out of gas, and never accepts then',
  },
  'Check the folder and its permissions; what was sent to the chain stands all the same': {
    test: 'test/chain/deployments.test.ts',
    title: 'an unwritable folder leaves nothing behind',
  },
  'Connect it: signer.connect(provider)': {
    because: 'what is advised is what every test by ethers does (test/chain/libraries.ts)',
  },
  'Check the endpoint': {
    because: 'takes a node that says its chain and then not what code it has; another endpoint is what helps',
  },
  'Look at the transaction; it may have run out of gas': RECEIPT,
  'Run `npm install viem` beside wattest': {
    because:
      'viem is there wherever tests run; test/structure/package.test.ts holds that it is an optional peer',
  },
};
