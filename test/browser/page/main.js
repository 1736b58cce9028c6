// What a page does with the package: each function here is one step that a test asks for. Results are plain data.
import {
  isWattestError,
  openSession,
  prove,
  readProofDocument,
  run,
  verify,
  writeProofDocument,
} from 'wattest';

let session;
const seconds = (start) => (performance.now() - start) / 1000;
const codeOf = (error) => (isWattestError(error) ? error.code : String(error?.stack ?? error));

async function open(options = {}) {
  const start = performance.now();
  const progress = [];
  const warnings = [];
  session = await openSession({
    ...options,
    onProgress: (event) => progress.push(event),
    onWarning: (message) => warnings.push(message),
  });
  return {
    isolated: crossOriginIsolated,
    secure: isSecureContext,
    threads: session.engine.threads,
    engine: session.engine.name,
    key: session.verifyingKey.digest,
    progress,
    warnings,
    seconds: seconds(start),
  };
}

/** `guest`: { wasm: bytes as numbers, invoke, args }. */
function parametersOf({ wasm, ...rest }) {
  return { wasm: new Uint8Array(wasm), ...rest };
}

async function runAndProve(guest) {
  const parameters = parametersOf(guest);
  const { status, results } = await run(parameters);
  const progress = [];
  let turns = 0;
  const clock = setInterval(() => turns++, 20);
  const start = performance.now();
  const proven = await prove(session, { ...parameters, onProgress: (event) => progress.push(event) });
  clearInterval(clock);
  return {
    status: status.kind,
    results: results.map(String),
    proof: writeProofDocument(proven.document),
    progress,
    turns,
    timings: proven.timings,
    seconds: seconds(start),
  };
}

/** 'accepted', or the code of the error. */
async function check(guest, proof) {
  const { wasm } = parametersOf(guest);
  try {
    await verify(session, { document: readProofDocument(proof, 'proof'), wasm });
    return 'accepted';
  } catch (error) {
    return codeOf(error);
  }
}

/** Proves, and aborts by a timer that starts with the first commitment: it fires only if the page gets its turn. */
async function abort(guest) {
  const controller = new AbortController();
  const before = session.engine.memory().used;
  let abortedAt;
  let timer;
  const outcome = await prove(session, {
    ...parametersOf(guest),
    signal: controller.signal,
    onProgress: () => {
      timer ??= setTimeout(() => {
        abortedAt = performance.now();
        controller.abort();
      }, 50);
    },
  }).then(() => 'finished', codeOf);
  clearTimeout(timer);
  return { outcome, latency: seconds(abortedAt), leaked: session.engine.memory().used - before };
}

function close() {
  return session.dispose();
}

/** The same in a worker of the page, as an application would have it: whatever happens, the page stays smooth. */
function proveInWorker(guest) {
  return withWorker((worker) => answerOf(worker, guest));
}

/** What a button stops while it executes, and a proof of the same worker after that. */
function abortInWorker(endless, guest) {
  return withWorker(async (worker) => {
    const { phases, ...stopped } = await answerOf(worker, endless, (phase) => {
      // What the button says is for whoever presses it.
      if (/executing: \d+/.test(phase)) document.querySelector('#abort').textContent = phase;
    });
    return { stopped, phases, proven: await answerOf(worker, guest) };
  });
}

async function withWorker(work) {
  const worker = new Worker(new URL('./worker.js', import.meta.url), { type: 'module' });
  document.querySelector('#abort').onclick = () => worker.postMessage('abort');
  try {
    return await work(worker);
  } finally {
    worker.terminate();
  }
}

function answerOf(worker, guest, onPhase = () => {}) {
  return new Promise((resolve, reject) => {
    const phases = [];
    worker.onmessage = ({ data }) => {
      if (data.phase === undefined) return resolve({ ...data, phases });
      phases.push(data.phase);
      onPhase(data.phase);
    };
    worker.onerror = ({ message }) => reject(new Error(message));
    worker.postMessage(parametersOf(guest));
  });
}

globalThis.page = { open, runAndProve, check, abort, close, proveInWorker, abortInWorker };
