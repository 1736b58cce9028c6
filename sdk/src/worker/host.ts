/**
 * The worker's side: opens one session when a call first needs it, and does one call at a time. A page loads this file as a worker
 * (`wattest/worker/host`), or imports it in a worker of its own; in the package it is one file with all that it needs.
 */
import { check } from '../attest/inspect/check.ts';
import { estimate } from '../attest/proof/estimate.ts';
import { prove } from '../attest/proof/prove.ts';
import { verify } from '../attest/proof/verify.ts';
import { wrap } from '../attest/proof/wrap.ts';
import { run } from '../attest/run/run.ts';
import { programIdOf } from '../attest/session/identify.ts';
import { openSession, type Session, type SessionProgress } from '../attest/session/session.ts';
import { isWattestError } from '../errors/index.ts';
import { type CallName, type Calls, errorData, type Reply, type Request } from './messages.ts';
import { callerPort } from './port.ts';

/** Share of opening the session in the first call that needs it, for its progress. */
const OPENING_SHARE = 0.3;

interface Around {
  /** Opens it where it is not open yet; its progress is then the first part of the call's. */
  readonly session: () => Promise<Session>;
  readonly onProgress: (progress: SessionProgress) => void;
  readonly signal: AbortSignal;
}

type CallRequest = Request & { readonly kind: 'call' };

type Perform = { readonly [N in CallName]: (given: Calls[N][0], around: Around) => Promise<Calls[N][1]> };

/** Executing tells how far it is in instructions, whose number nobody knows before. */
const executing =
  (onProgress: Around['onProgress']) =>
  (instructions: number): void =>
    onProgress({ phase: `executing: ${instructions} instructions`, fraction: 0 });

const PERFORM: Perform = {
  open: async (_, { session }) => infoOf(await session()),
  prove: async (given, { session, onProgress, signal }) =>
    prove(await session(), { ...given, onProgress, signal }),
  run: async (given, { onProgress, signal }) => {
    const {
      program: _,
      rowKinds: __,
      ...result
    } = await run({
      ...{ ...given, signal },
      onProgress: executing(onProgress),
    });
    return result;
  },
  check: (given, { onProgress, signal }) => check({ ...given, signal, onProgress: executing(onProgress) }),
  estimate: async (given, { session, signal }) => estimate(await session(), { ...given, signal }),
  verify: async (given, { session }) => verify(await session(), given),
  wrap: async (given, { session, onProgress, signal }) =>
    wrap(await session(), { ...given, onProgress, signal }),
  programId: async (given, { session }) => programIdOf(await session(), given),
};

const infoOf = ({ engine, verifyingKey }: Session): Calls['open'][1] => ({
  threads: engine.threads,
  verifyingKey: verifyingKey.digest,
  insecure: verifyingKey.insecure,
});

const port = callerPort();
let session: Session | undefined;
let current: Current | undefined;

/** The call that goes on. */
class Current {
  readonly id: number;
  readonly abort: AbortController = new AbortController();
  /** Where its own part of the progress begins. */
  begin = 0;
  #fraction = 0;

  constructor(id: number) {
    this.id = id;
  }

  /** Never goes back, whoever tells. */
  report({ fraction, ...rest }: SessionProgress): void {
    this.#fraction = Math.max(this.#fraction, fraction);
    port.post({ kind: 'progress', id: this.id, progress: { ...rest, fraction: this.#fraction } });
  }
}

/** Opens the session for a call, which then stays. */
async function opened(call: Current, { name, session: options }: CallRequest): Promise<Session> {
  if (session !== undefined) return session;
  call.begin = name === 'open' ? 1 : OPENING_SHARE;
  // A session ends with the signal that it was opened with: it is that of this call only while it opens.
  const opening = new AbortController();
  const stop = (): void => opening.abort();
  call.abort.signal.addEventListener('abort', stop);
  let open = false;
  try {
    session = await openSession({
      ...options,
      signal: opening.signal,
      onWarning: (message) => port.post({ kind: 'warning', id: call.id, message }),
      // Points are made when they are first asked for, by whichever call that is.
      onProgress: ({ fraction, ...rest }) =>
        current?.report({ ...rest, fraction: open ? 0 : fraction * call.begin }),
    });
    open = true;
    return session;
  } finally {
    call.abort.signal.removeEventListener('abort', stop);
  }
}

async function perform(request: CallRequest): Promise<Reply> {
  const { id, name, parameters } = request;
  const call = new Current(id);
  current = call;
  try {
    const work = PERFORM[name] as (given: object, around: Around) => Promise<unknown>;
    const result = await work(parameters, {
      session: () => opened(call, request),
      onProgress: ({ fraction, ...rest }) =>
        call.report({ ...rest, fraction: call.begin + (1 - call.begin) * fraction }),
      signal: call.abort.signal,
    });
    return { kind: 'result', id, result };
  } catch (error) {
    // After a fault the kernels may have ended: the next call gets others.
    if (!isWattestError(error) || error.code === 'INTERNAL') {
      await session?.dispose();
      session = undefined;
    }
    return { kind: 'error', id, error: errorData(error) };
  } finally {
    current = undefined;
  }
}

port.listen((request) => {
  if (request.kind === 'abort') {
    if (request.id === current?.id) current.abort.abort();
    return;
  }
  void perform(request).then((reply) => port.post(reply));
});
