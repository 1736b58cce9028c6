import { useQuery } from '@tanstack/react-query';
import type { ReactElement } from 'react';
import { hexToBytes, parseAbi } from 'viem';
import { encodeCallProof } from 'wattest';
import { Membership } from '../../../members/generated/Membership.ts';
import wasm from '../../../members/generated/Membership.wasm?url';
import { type Around, CONTRACT_STATE, type FieldProps, type PageProgram } from '../page-program.ts';
import { Failure, Loading, Notice, Short } from '../ui.tsx';
import { madeUpMembers } from './tree.ts';

const abi = parseAbi([
  'struct Inputs { uint64 chainId; address gate; bytes32 root; address account; }',
  'struct Outputs { bytes32 nullifier; }',
  'function root() view returns (bytes32)',
  'function isMember(address account) view returns (bool)',
  'function enter(Inputs inputs, Outputs outputs, bytes proof)',
  'error OtherRoot(bytes32 root)',
  'error NotProven()',
  'error AlreadySpent(bytes32 nullifier)',
  'error MadeForChain(uint256 chainId)',
  'error MadeForContract(address consumer)',
]);

const CONTRACT = 'Gate';

/** What a member keeps: the three private inputs at once. */
function Cards({ values, set }: FieldProps): ReactElement {
  const { secret, place } = values;
  const choose = (chosen: string): void => {
    if (chosen === '') set({ secret: '', place: '', siblings: [] });
    else set({ ...madeUpMembers().cardOf(Number(chosen)) });
  };
  return (
    <div className="row">
      <label htmlFor="card">Membership card</label>
      <select
        id="card"
        value={secret === '' ? '' : String(place)}
        onChange={({ target }) => choose(target.value)}
      >
        <option value="">none</option>
        {Array.from({ length: 256 }, (_, i) => (
          <option key={i} value={i}>
            made-up member {i}
          </option>
        ))}
      </select>
      <small className="note">
        A secret, its place in the tree and the hashes beside its path. Nobody learns which of the 256 it is.
      </small>
    </div>
  );
}

function GateState({ chain, account }: Around): ReactElement {
  const { data, error, isPending } = useQuery({
    queryKey: [CONTRACT_STATE, CONTRACT, chain.id, account],
    queryFn: () =>
      account === undefined
        ? null
        : chain.client.readContract({
            address: chain.contract(CONTRACT),
            abi,
            functionName: 'isMember',
            args: [account],
          }),
  });
  if (isPending) return <Loading>Asking the gate…</Loading>;
  if (error !== null) return <Failure error={error} />;
  return (
    <>
      <h3>The gate</h3>
      {account === undefined || data === null ? (
        <p className="empty">Connect a wallet to see whether its account is in.</p>
      ) : (
        <Notice kind={data ? 'good' : 'info'}>
          <Short value={account} label="account" /> is {data ? 'in.' : 'not in yet.'}
        </Notice>
      )}
    </>
  );
}

export const members: PageProgram = {
  id: 'Membership',
  title: 'Members',
  about: 'Show that you are one of 256 members, and not which, and let one account in.',
  program: Membership,
  wasm,
  contract: CONTRACT,
  abi,
  reverts: {
    OtherRoot: 'The members have changed since: prove again.',
    AlreadySpent: 'This membership card has been used at this gate.',
    NotProven: 'The key of this proof has been stopped.',
  },
  givenBy: [],
  given: async ({ chain }) => {
    const address = chain.contract(CONTRACT);
    const root = await chain.client.readContract({ address, abi, functionName: 'root' });
    return {
      chainId: { value: BigInt(chain.id), from: 'this chain' },
      gate: { value: address, from: 'the contract that it counts for' },
      root: { value: root, from: 'from the contract' },
    };
  },
  begin: ({ account }) => ({ account: account ?? '', secret: '', place: '', siblings: [] }),
  parts: [{ fields: ['secret', 'place', 'siblings'], Part: Cards }],
  takesProof: true,
  use: ({ inputs, outputs }, { proof, programKey }) => ({
    label: 'Enter the gate',
    functionName: 'enter',
    args: [inputs, outputs, encodeCallProof(hexToBytes(proof), programKey)],
  }),
  State: GateState,
};
