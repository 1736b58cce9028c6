/** The page's side: a prover whose session lives in a worker of its own, so that the page stays smooth and can stop it. */
import type { SessionProgress } from '../attest/session/session.ts';
import { fail, WattestError } from '../errors/index.ts';
import { type OptionNames, requireNames } from '../json/options.ts';
import {
  type CallName,
  errorOf,
  type Parameters,
  type Reply,
  type Result,
  type WorkerSessionOptions,
} from './messages.ts';
import { type ProverThread, type StartWorker, startThread } from './thread.ts';

export interface ProverOptions extends WorkerSessionOptions {
  /** Starts a worker that imports `wattest/worker/host`; needed only where a bundler does not find it by itself (esbuild). */
  readonly worker?: StartWorker;
  /** Milliseconds that an aborted call has to end by itself; then its worker is terminated, and the next call opens another session. Default 2000. */
  readonly patience?: number;
  /** Receives one line where a cached file is unusable or cannot be written; default: `console.warn`. */
  readonly onWarning?: (message: string) => void;
}

const NAMES: OptionNames<ProverOptions> = {
  threads: true,
  maxMemoryBytes: true,
  ceremony: true,
  maxLog: true,
  cache: true,
  keepPoints: true,
  worker: true,
  patience: true,
  onWarning: true,
};

export interface CallOptions {
  /** What is being done, and how far it is, opening the session included. */
  readonly onProgress?: (progress: SessionProgress) => void;
  /** The promise rejects with ABORTED at once; what the worker does ends within `patience`. */
  readonly signal?: AbortSignal;
}

type Call<N extends CallName> = (parameters: Parameters<N> & CallOptions) => Promise<Result<N>>;

/** The functions of `wattest`, done by a worker, one after the other. Errors are those of the functions, and PROVER_LOST. */
export interface Prover extends AsyncDisposable {
  /** Opens the session now, which the first call that needs it does otherwise. */
  open(options?: CallOptions): Promise<Result<'open'>>;
  readonly prove: Call<'prove'>;
  readonly run: Call<'run'>;
  readonly check: Call<'check'>;
  readonly estimate: Call<'estimate'>;
  readonly verify: Call<'verify'>;
  readonly wrap: Call<'wrap'>;
  readonly programId: Call<'programId'>;
  /** Ends the worker at once, whatever it does; calls reject with ABORTED. Idempotent. */
  dispose(): Promise<void>;
}

const PATIENCE_MS = 2000;

interface Pending {
  readonly id: number;
  readonly name: CallName;
  readonly parameters: object;
  readonly onProgress: CallOptions['onProgress'];
  /** Its caller knows how it went already. */
  readonly settled: () => boolean;
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: Error) => void;
}

const aborted = (what: string): WattestError =>
  new WattestError('ABORTED', what, { fix: 'Start again when ready' });

/**
 * A prover in a worker, which starts with the first call. Dispose of it when done: its session keeps its memory until then.
 * @throws INPUT_INVALID
 */
export function openProver(options: ProverOptions = {}): Prover {
  requireNames(options, NAMES, 'openProver');
  const { worker, patience = PATIENCE_MS, onWarning = console.warn, ...session } = options;
  if (!(typeof patience === 'number' && patience >= 0)) {
    fail('INPUT_INVALID', `patience is ${patience}`, {
      where: 'openProver',
      fix: 'Give milliseconds, 0 or more',
    });
  }
  const queue: Pending[] = [];
  let thread: ProverThread | undefined;
  let current: Pending | undefined;
  /** Of the call that was aborted and still goes on. */
  let expiry: ReturnType<typeof setTimeout> | undefined;
  let ids = 0;
  let closed = false;

  const end = (): void => {
    thread?.terminate();
    thread = undefined;
  };

  const lost = (of: ProverThread | undefined, why: string | undefined): void => {
    if (of !== thread) return;
    end();
    done()?.reject(
      new WattestError('PROVER_LOST', `the worker ended (${why || 'the browser does not say why'})`, {
        where: 'worker',
        fix: 'See that its file is served as JavaScript, with the headers of the page (docs/browser.md#the-worker), and that there is memory enough',
      }),
    );
    next();
  };

  const done = (): Pending | undefined => {
    const call = current;
    current = undefined;
    clearTimeout(expiry);
    return call;
  };

  /** As in `prove`, a call whose `onProgress` throws has failed with that. */
  const tell = (call: Pending, progress: SessionProgress): void => {
    try {
      call.onProgress?.(progress);
    } catch (error) {
      call.reject(error as Error);
      stop(call);
    }
  };

  const onReply = (reply: Reply): void => {
    if (reply.kind === 'warning') onWarning(reply.message);
    else if (reply.id !== current?.id) return;
    else if (reply.kind === 'progress') {
      if (!current.settled()) tell(current, reply.progress);
    } else {
      const call = done()!;
      if (reply.kind === 'result') call.resolve(reply.result);
      else call.reject(errorOf(reply.error));
      next();
    }
  };

  const start = (): ProverThread => {
    const started: ProverThread = startThread(worker, {
      onReply: (reply) => {
        if (started === thread) onReply(reply);
      },
      onLost: (why) => lost(started, why),
    });
    return started;
  };

  const next = (): void => {
    if (current === undefined) current = queue.shift();
    else return;
    thread?.hold(current !== undefined);
    if (current === undefined) return;
    const { id, name, parameters } = current;
    try {
      thread ??= start();
      thread.hold(true);
      thread.post({ kind: 'call', id, name, session, parameters });
    } catch (error) {
      done()!.reject(isUncloneable(error) ? notData(name) : unstarted(error));
      next();
    }
  };

  /** Ends what the call is doing: by itself if it can, else with its worker. */
  const stop = (call: Pending): void => {
    const place = queue.indexOf(call);
    if (place >= 0) queue.splice(place, 1);
    if (call !== current) return;
    thread?.post({ kind: 'abort', id: call.id });
    expiry = setTimeout(() => {
      end();
      done();
      next();
    }, patience);
  };

  const call = (name: CallName, given: object): Promise<unknown> =>
    new Promise((resolve, reject) => {
      const { onProgress, signal, ...parameters } = given as CallOptions;
      if (closed) return reject(aborted('the prover is closed'));
      // A worker that is terminated would leave its lock behind.
      if ('resume' in parameters) return reject(notHere(name));
      if (signal?.aborted === true) return reject(aborted(`${name} was not begun`));
      let settled = false;
      const settle =
        <T>(how: (value: T) => void) =>
        (value: T): void => {
          settled = true;
          signal?.removeEventListener('abort', onAbort);
          how(value);
        };
      const pending: Pending = {
        ...{ id: ++ids, name, parameters, onProgress },
        settled: () => settled,
        resolve: settle(resolve),
        reject: settle(reject),
      };
      const onAbort = (): void => {
        pending.reject(aborted(`${name} was interrupted`));
        stop(pending);
      };
      signal?.addEventListener('abort', onAbort);
      queue.push(pending);
      next();
    });

  const dispose = async (): Promise<void> => {
    closed = true;
    end();
    for (const { reject } of [done(), ...queue.splice(0)].filter((each) => each !== undefined))
      reject(aborted('the prover was closed'));
  };

  const caller =
    <N extends CallName>(name: N): Call<N> =>
    (given) =>
      call(name, given) as Promise<Result<N>>;
  return {
    open: (given = {}) => caller('open')(given),
    prove: caller('prove'),
    run: caller('run'),
    check: caller('check'),
    estimate: caller('estimate'),
    verify: caller('verify'),
    wrap: caller('wrap'),
    programId: caller('programId'),
    dispose,
    [Symbol.asyncDispose]: dispose,
  };
}

const isUncloneable = (error: unknown): boolean => error instanceof Error && error.name === 'DataCloneError';

/** Not with the platform's own words: they can show what was given. */
const notData = (name: CallName): WattestError =>
  new WattestError('INPUT_INVALID', 'functions cannot be sent to a worker', {
    where: name,
    fix: 'Give data alone, and onProgress and signal',
  });

const notHere = (name: CallName): WattestError =>
  new WattestError('INPUT_INVALID', 'a prover in a worker keeps no run to go on with (resume)', {
    where: name,
    fix: 'Use `prove` of `wattest` for runs that are to be gone on with',
  });

const unstarted = (error: unknown): WattestError =>
  new WattestError(
    'PROVER_LOST',
    `the worker cannot be started (${error instanceof Error ? error.message : 'no reason'})`,
    {
      where: 'worker',
      fix: 'Allow it in the security policy (worker-src), and see what `worker` does if you give it',
    },
  );
