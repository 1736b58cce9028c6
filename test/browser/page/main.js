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
import { openProver } from 'wattest/worker';

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

/** What functions of a worker reject with, as a page sees it. */
const errorOf = (error) => ({
  ours: isWattestError(error),
  code: codeOf(error),
  fix: error.fix,
  where: error.where,
});

/** The same in a worker, as an application would have it: whatever happens, the page stays smooth. */
async function proveInWorker(guest, options) {
  const prover = openProver(options);
  try {
    const progress = [];
    const { document } = await prover.prove({
      ...parametersOf(guest),
      onProgress: (event) => progress.push(event),
    });
    const { threads } = await prover.open();
    const refused = await prover.prove({ ...parametersOf(guest), invoke: 'nothing' }).catch(errorOf);
    return { threads, progress, refused, proof: writeProofDocument(document) };
  } catch (error) {
    return { failed: errorOf(error) };
  } finally {
    await prover.dispose();
  }
}

/** What a button stops while it executes, and a proof of the same worker after that. */
async function abortInWorker(endless, guest) {
  const prover = openProver();
  const button = document.querySelector('#abort');
  const controller = new AbortController();
  button.onclick = () => controller.abort();
  const phases = [];
  const onProgress = ({ phase }) => {
    phases.push(phase);
    // What the button says is for whoever presses it.
    if (/executing: \d+/.test(phase)) button.textContent = phase;
  };
  try {
    const stopped = await prover
      .prove({ ...parametersOf(endless), signal: controller.signal, onProgress })
      .catch(errorOf);
    const { document: proven } = await prover.prove(parametersOf(guest));
    return { stopped, phases, proof: writeProofDocument(proven) };
  } finally {
    await prover.dispose();
  }
}

let prover;

/** Milliseconds of a proof by a worker whose session stays. */
async function timeInWorker(guest, options) {
  prover ??= openProver(options);
  await prover.open();
  const start = performance.now();
  await prover.prove(parametersOf(guest));
  return performance.now() - start;
}

globalThis.page = { open, runAndProve, check, abort, close, proveInWorker, abortInWorker, timeInWorker };
