/** The prover of an application: one worker for all of it, and its proofs as mutations. */
import { type UseMutationResult, useMutation } from '@tanstack/react-query';
import {
  createContext,
  createElement,
  type ReactElement,
  type ReactNode,
  useCallback,
  useContext,
  useEffect,
  useLayoutEffect,
  useRef,
  useState,
} from 'react';
import type { ProveResult } from '../attest/proof/prove.ts';
import type { SessionProgress } from '../attest/session/session.ts';
import { fail } from '../errors/index.ts';
import type { Parameters } from '../worker/messages.ts';
import { openProver, type Prover, type ProverOptions } from '../worker/prover.ts';
import { ONCE } from './once.ts';

/** Milliseconds that a proof is kept that no component shows any more, with the private inputs that it was asked for with. */
const KEPT_MS = 1000;

/** Gives the prover, which is opened when it is first asked for. */
const ProverContext = createContext<(() => Prover) | undefined>(undefined);

/** Before the effects of components inside, which may prove as soon as they are there. On a server there are none, and React 18 warns of those of layout. */
const useFirstEffect = typeof document === 'undefined' ? useEffect : useLayoutEffect;

/** For whoever asks when nobody would end it: calls reject with ABORTED, and no worker is started. */
function closedProver(options: ProverOptions): Prover {
  const prover = openProver(options);
  void prover.dispose();
  return prover;
}

/** Owns the prover that the hooks below it use. Options are those of its first rendering: another session takes another `key`. */
export function ProverProvider({
  children,
  ...options
}: ProverOptions & { readonly children?: ReactNode }): ReactElement {
  const opened = useRef<Prover | undefined>(undefined);
  const left = useRef(false);
  const [give] = useState(() => () => {
    if (left.current) return closedProver(options);
    opened.current ??= openProver(options);
    return opened.current;
  });
  useFirstEffect(() => {
    // Strict mode mounts twice: what comes then opens another one.
    left.current = false;
    return () => {
      left.current = true;
      void opened.current?.dispose();
      opened.current = undefined;
    };
  }, []);
  return createElement(ProverContext.Provider, { value: give }, children);
}

export interface UseProver {
  /** What has been proven: `mutate(parameters)` begins, `data`, `error` and `isPending` say how it went. */
  readonly proof: UseMutationResult<ProveResult, Error, Parameters<'prove'>>;
  /** Of what goes on; undefined before and afterwards. */
  readonly progress: SessionProgress | undefined;
  /** Ends what goes on, and what waits for it: the error is ABORTED. */
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
  const [going] = useState(() => new Set<AbortController>());
  const left = useRef(false);
  const cancel = useCallback(() => {
    for (const abort of going) abort.abort();
  }, [going]);
  const proof = useMutation({
    ...ONCE,
    gcTime: KEPT_MS,
    mutationFn: async (parameters: Parameters<'prove'>) => {
      const abort = new AbortController();
      going.add(abort);
      // It begins some time after it was asked for.
      if (left.current) abort.abort();
      try {
        return await prover().prove({ ...parameters, signal: abort.signal, onProgress: setProgress });
      } finally {
        going.delete(abort);
        setProgress(undefined);
      }
    },
  });
  useEffect(() => {
    left.current = false;
    // Whoever leaves does not wait for it.
    return () => {
      left.current = true;
      cancel();
    };
  }, [cancel]);
  return { proof, progress, cancel, prover };
}
