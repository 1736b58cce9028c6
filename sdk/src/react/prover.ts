/** The prover of an application: one worker for all of it, and its proofs as mutations. */
import { type UseMutationResult, useMutation } from '@tanstack/react-query';
import {
  createContext,
  createElement,
  type ReactElement,
  type ReactNode,
  useContext,
  useEffect,
  useRef,
  useState,
} from 'react';
import type { ProveResult } from '../attest/proof/prove.ts';
import type { SessionProgress } from '../attest/session/session.ts';
import { fail } from '../errors/index.ts';
import type { Parameters } from '../worker/messages.ts';
import { openProver, type Prover, type ProverOptions } from '../worker/prover.ts';

/** Gives the prover, which is opened when it is first asked for. */
const ProverContext = createContext<(() => Prover) | undefined>(undefined);

/** Owns the prover that the hooks below it use. Options are those of its first rendering: another session takes another `key`. */
export function ProverProvider({
  children,
  ...options
}: ProverOptions & { readonly children?: ReactNode }): ReactElement {
  const opened = useRef<Prover | undefined>(undefined);
  const [give] = useState(() => () => {
    opened.current ??= openProver(options);
    return opened.current;
  });
  useEffect(
    () => () => {
      void opened.current?.dispose();
      // Strict mode mounts twice: what comes then opens another one.
      opened.current = undefined;
    },
    [],
  );
  return createElement(ProverContext.Provider, { value: give }, children);
}

export interface UseProver {
  /** What has been proven: `mutate(parameters)` begins, `data`, `error` and `isPending` say how it went. */
  readonly proof: UseMutationResult<ProveResult, Error, Parameters<'prove'>>;
  /** Of what goes on; undefined before and afterwards. */
  readonly progress: SessionProgress | undefined;
  /** Ends what goes on: its error is ABORTED. */
  readonly cancel: () => void;
  /** For all else that it can do. */
  readonly prover: () => Prover;
}

/** @throws INPUT_INVALID outside of a `ProverProvider` */
export function useProver(): UseProver {
  const prover = useContext(ProverContext);
  if (prover === undefined) {
    fail('INPUT_INVALID', 'there is no prover here', {
      where: 'useProver',
      fix: 'Put a ProverProvider around the components that prove',
    });
  }
  const [progress, setProgress] = useState<SessionProgress>();
  const controller = useRef<AbortController | undefined>(undefined);
  const proof = useMutation({
    mutationFn: async (parameters: Parameters<'prove'>) => {
      const abort = new AbortController();
      controller.current = abort;
      try {
        return await prover().prove({ ...parameters, signal: abort.signal, onProgress: setProgress });
      } finally {
        setProgress(undefined);
      }
    },
  });
  // Whoever leaves does not wait for it.
  useEffect(() => () => controller.current?.abort(), []);
  return { proof, progress, cancel: () => controller.current?.abort(), prover };
}
