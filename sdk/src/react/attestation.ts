/** Records of a registry as queries, and attesting as a mutation. What speaks to the chain is `createWattest` of `wattest/viem` or `wattest/ethers`. */
import {
  type QueryClient,
  type UseMutationResult,
  type UseQueryResult,
  useMutation,
  useQuery,
  useQueryClient,
} from '@tanstack/react-query';
import { useState } from 'react';
import type { Wattest } from '../chain/api.ts';
import type { Attestation, AttestationId, ProvenStatement, SubmitResult } from '../chain/calls.ts';
import { hashOf } from '../chain/calls.ts';
import { fail, isWattestError } from '../errors/index.ts';
import type { Hex } from '../plonk/keys/key.ts';
import { ONCE } from './once.ts';

/** Which record: program and statement, as a proof document has them; a key, where only its record counts. */
export type AttestationQuestion = AttestationId & { readonly verifyingKey?: Hex };

/** Of a client, an application and its chain: nothing is sent. */
export type AttestationReader = Pick<Wattest, 'chainId' | 'registry' | 'read'>;

const ROOT = 'wattest';

const keyOf = (
  { chainId, registry }: AttestationReader,
  question?: AttestationQuestion,
): readonly unknown[] =>
  question === undefined
    ? [ROOT, chainId, registry]
    : [ROOT, chainId, registry, question.programId, hashOf(question), question.verifyingKey ?? null];

/**
 * The record of a statement: `null` where there is none. It asks when both are there.
 * @param options how often to ask again, in milliseconds (`refetchInterval`), and whether to ask at all
 */
export function useAttestation(
  wattest: AttestationReader | undefined,
  question: AttestationQuestion | undefined,
  options: { readonly enabled?: boolean; readonly refetchInterval?: number | false } = {},
): UseQueryResult<Attestation | null, Error> {
  const { enabled = true, refetchInterval = false } = options;
  const asks = wattest !== undefined && question !== undefined;
  return useQuery({
    queryKey: asks ? keyOf(wattest, question) : [ROOT],
    queryFn: async () => (await wattest!.read(question!)) ?? null,
    enabled: enabled && asks,
    refetchInterval,
    // An answer is an answer; an endpoint may do better the next time.
    retry: (failures, error) => failures < 2 && !(isWattestError(error) && error.exitCode === 1),
  });
}

export interface UseAttest {
  /** `mutate(document)` asks the wallet, sends and waits; `data` has the outcome and the record. */
  readonly attestation: UseMutationResult<SubmitResult, Error, ProvenStatement>;
  /** As soon as it is sent; undefined where the record stood already. */
  readonly transactionHash: Hex | undefined;
}

/** @param wattest with an account; undefined as long as no wallet is connected */
export function useAttest(wattest: (Pick<Wattest, 'submit'> & AttestationReader) | undefined): UseAttest {
  const [transactionHash, setHash] = useState<Hex>();
  const queries: QueryClient = useQueryClient();
  const attestation = useMutation({
    ...ONCE,
    mutationFn: async (proof: ProvenStatement) => {
      setHash(undefined);
      if (wattest === undefined) {
        fail('INPUT_INVALID', 'no wallet is connected', {
          where: 'useAttest',
          fix: 'Connect a wallet first, and give createWattest its client',
        });
      }
      const submission = await wattest.submit(proof);
      setHash(submission.transactionHash);
      // Of the registry that it was sent to, whatever is connected by then.
      const askAgain = (): Promise<void> => queries.invalidateQueries({ queryKey: keyOf(wattest) });
      const result = await submission.wait().catch((error: unknown) => {
        // Sent all the same: it may be on record.
        void askAgain();
        throw error;
      });
      await askAgain();
      return result;
    },
  });
  return { attestation, transactionHash };
}
