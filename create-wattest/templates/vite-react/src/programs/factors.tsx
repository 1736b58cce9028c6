import { useQuery } from '@tanstack/react-query';
import type { ReactElement } from 'react';
import { parseAbi } from 'viem';
import { Factors } from '../../generated/Factors.ts';
import { type Around, CONTRACT_STATE, type PageProgram } from '../page-program.ts';
import { Failure, Loading, Short } from '../ui.tsx';

const abi = parseAbi([
  'struct Inputs { uint64 product; address solver; }',
  'struct Outputs { uint8 bits; }',
  'function claim(Inputs inputs, Outputs outputs)',
  'event Factored(uint64 indexed product, address indexed solver, uint8 bits)',
  'error NotProven()',
  'error AlreadySpent(bytes32 nullifier)',
]);

const CONTRACT = 'FactorPrize';

/** Who factored what first. */
function Solvers({ chain, account }: Around): ReactElement {
  const { data, error, isPending } = useQuery({
    queryKey: [CONTRACT_STATE, CONTRACT, chain.id],
    queryFn: async () => {
      const events = await chain.client.getContractEvents({
        address: chain.contract(CONTRACT),
        abi,
        eventName: 'Factored',
        fromBlock: BigInt(chain.wattest.deployment.registry.blockNumber ?? 0),
      });
      return events.map(({ args }) => args as Required<typeof args>);
    },
  });
  if (isPending) return <Loading>Reading the list…</Loading>;
  if (error !== null) return <Failure error={error} />;
  return (
    <>
      <h3>Factored first by</h3>
      {data.length === 0 ? (
        <p className="empty">Nobody yet. Two factors, a proof, and the number is yours.</p>
      ) : (
        <table className="table">
          <thead>
            <tr>
              <th scope="col">Number</th>
              <th scope="col">Solver</th>
              <th scope="col" className="end">
                Bits
              </th>
            </tr>
          </thead>
          <tbody>
            {data.map(({ product, solver, bits }) => (
              <tr key={String(product)} className={solver === account ? 'own' : undefined}>
                <td>{String(product)}</td>
                <td>
                  <Short value={solver} label="solver" />
                  {solver === account && <span className="tag">you</span>}
                </td>
                <td className="end">{bits}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </>
  );
}

export const factors: PageProgram = {
  id: 'Factors',
  title: 'Factors',
  about: 'Show that you know two factors of a number, and keep them.',
  program: Factors,
  // In these words bundlers find it.
  wasm: new URL('../../generated/Factors.wasm', import.meta.url).href,
  contract: CONTRACT,
  abi,
  reverts: {
    NotProven: 'There is no record of this proof yet: attest first.',
    AlreadySpent: 'Somebody has factored this number before.',
  },
  givenBy: [],
  given: async () => ({}),
  begin: ({ account }) => ({ product: '8051', solver: account ?? '', first: '', second: '' }),
  parts: [],
  takesProof: false,
  use: ({ inputs, outputs }) => ({ label: 'Claim', functionName: 'claim', args: [inputs, outputs] }),
  State: Solvers,
};
