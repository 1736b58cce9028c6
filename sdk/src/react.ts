/** Entry point `wattest/react`: hooks over TanStack Query, for proofs, attestations and records. */
export {
  type AttestationQuestion,
  type AttestationReader,
  type UseAttest,
  useAttest,
  useAttestation,
} from './react/attestation.ts';
export { ProverProvider, type UseProver, useProver } from './react/prover.ts';
