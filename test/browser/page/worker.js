import { isWattestError, openSession, prove, writeProofDocument } from 'wattest';

let session;
let controller;

/** Proves what it is sent, with one session for all of it; `abort` ends what is going on. */
self.onmessage = async ({ data }) => {
  if (data === 'abort') return controller.abort();
  session ??= await openSession();
  controller = new AbortController();
  const onProgress = ({ phase }) => self.postMessage({ phase });
  try {
    const { document } = await prove(session, { ...data, signal: controller.signal, onProgress });
    self.postMessage({ threads: session.engine.threads, proof: writeProofDocument(document) });
  } catch (error) {
    self.postMessage({ code: isWattestError(error) ? error.code : String(error?.stack ?? error) });
  }
};
