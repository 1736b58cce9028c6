/** Limits of patience: an endpoint that never answers is an error, and whoever asked can give up. */
import { WattestError } from '../errors/index.ts';
import type { ChainReader, ChainWriter, SendRequest } from './port.ts';

/** What every action takes. */
export interface RequestParameters {
  /** Most milliseconds that the endpoint may take for one answer; default 30,000. Wallets may take as long as people do. */
  readonly requestTimeout?: number | undefined;
  /** Gives up: the promise rejects with ABORTED. What was sent before stands all the same. */
  readonly signal?: AbortSignal | undefined;
}

const DEFAULT_LIMIT = 30_000;

export function boundedReader(reader: ChainReader, parameters: RequestParameters): ChainReader {
  const { pollingInterval } = reader;
  const asks =
    <A extends readonly unknown[], R>(question: (...args: A) => Promise<R>) =>
    (...args: A): Promise<R> =>
      bounded(() => question(...args), parameters);
  return {
    pollingInterval,
    chainId: asks(reader.chainId),
    blockNumber: asks(reader.blockNumber),
    blockHash: asks(reader.blockHash),
    transactionsOf: asks(reader.transactionsOf),
    transactionCount: asks(reader.transactionCount),
    logs: asks(reader.logs),
    code: asks(reader.code),
    call: asks(reader.call),
    estimate: asks(reader.estimate),
    feePerGas: asks(reader.feePerGas),
    balance: asks(reader.balance),
    transaction: asks(reader.transaction),
    receipt: asks(reader.receipt),
  };
}

/** What actions that send take besides. */
export interface SendingParameters extends RequestParameters, Pick<SendRequest, 'onFee'> {}

export function boundedWriter(writer: ChainWriter, parameters: SendingParameters): ChainWriter {
  const { onFee } = parameters;
  const asking = (request: SendRequest): SendRequest =>
    onFee === undefined
      ? request
      : {
          ...request,
          onFee: async (cost) => {
            await request.onFee?.(cost);
            await onFee(cost);
          },
        };
  const patient = { signal: parameters.signal, requestTimeout: Number.POSITIVE_INFINITY };
  return {
    ...boundedReader(writer, parameters),
    account: () => bounded(() => writer.account(), patient),
    signTypedData: (data) => bounded(() => writer.signTypedData(data), patient),
    send: (request) =>
      bounded(
        () => writer.send(asking(request)),
        patient,
        'while a transaction was signed and sent: it may have gone out',
      ),
    sendSigned: (transaction) => bounded(() => writer.sendSigned(transaction), patient),
  };
}

async function bounded<T>(
  question: () => Promise<T>,
  { requestTimeout = DEFAULT_LIMIT, signal }: RequestParameters,
  when = 'while the chain was asked',
): Promise<T> {
  const interrupted = (): WattestError =>
    new WattestError('ABORTED', `interrupted ${when}`, {
      fix: 'Try again: what is on record is not paid for twice',
    });
  if (signal?.aborted === true) throw interrupted();
  let timer: ReturnType<typeof setTimeout> | undefined;
  let stop: (() => void) | undefined;
  const patience = new Promise<never>((_, reject) => {
    if (Number.isFinite(requestTimeout))
      timer = setTimeout(() => reject(silent(requestTimeout)), requestTimeout);
    stop = () => reject(interrupted());
    signal?.addEventListener('abort', stop, { once: true });
  });
  try {
    return await Promise.race([question(), patience]);
  } finally {
    clearTimeout(timer);
    if (stop !== undefined) signal?.removeEventListener('abort', stop);
  }
}

function silent(limit: number): WattestError {
  return new WattestError('CHAIN_UNREACHABLE', `the endpoint has not answered for ${limit / 1000} s`, {
    where: 'chain',
    fix: 'Start the node, or check the endpoint',
  });
}
