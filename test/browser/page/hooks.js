// What an application with wattest/react does that comes and goes, in strict mode: each function here is one step that a test asks for. Results are plain data.
import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { createElement, StrictMode, useEffect } from 'react';
import { createRoot } from 'react-dom/client';
import { ProverProvider, useProver } from 'wattest/react';
import { isWattestError } from 'wattest/worker';

/** Of the page: workers that it started, those of them that go on, what nobody caught, and how often components came. */
const counts = { started: 0, alive: 0, faults: [], mounts: 0 };
globalThis.Worker = class extends globalThis.Worker {
  constructor(...given) {
    super(...given);
    counts.started++;
    counts.alive++;
  }
  terminate() {
    counts.alive--;
    super.terminate();
  }
};
addEventListener('unhandledrejection', ({ reason }) => counts.faults.push(String(reason)));
addEventListener('error', ({ message }) => counts.faults.push(message));

const codeOf = (error) => (isWattestError(error) ? error.code : String(error?.stack ?? error));
const parametersOf = ({ wasm, ...rest }) => ({ wasm: new Uint8Array(wasm), ...rest });

let queries;
let root;
/** What the component said last, and the prover that it was given. */
let told = {};

/** Proves as soon as it is there. */
function Proof({ name, guest }) {
  const { proof, progress, prover } = useProver();
  // Once, which is twice in strict mode.
  useEffect(() => {
    counts.mounts++;
    proof.mutate(parametersOf(guest));
  }, []);
  useEffect(() => {
    told = { name, proof, progress, prover };
  });
  return null;
}

/** Shows one component, in place of the one that was there. */
function show(name, guest) {
  if (root === undefined) {
    queries = new QueryClient();
    root = createRoot(document.querySelector('#root'));
  }
  root.render(
    createElement(
      StrictMode,
      null,
      createElement(
        QueryClientProvider,
        { client: queries },
        // Busy machines are slow to end things by themselves.
        createElement(
          ProverProvider,
          { patience: 600_000 },
          createElement(Proof, { key: name, name, guest }),
        ),
      ),
    ),
  );
}

/** All that is shown goes. */
function leave() {
  root.unmount();
  root = undefined;
}

/** Of the component that is shown, and of the page. */
function state() {
  const { name, proof, progress } = told;
  return {
    ...{ ...counts, name, status: proof?.status, phase: progress?.phase },
    error: proof?.error && codeOf(proof.error),
    outputs: proof?.data?.document.statement.publicOutputs.map(String),
    kept: queries?.getMutationCache().getAll().length,
  };
}

/** Asks the prover that was there, after it has gone. */
function askAgain(guest) {
  return told
    .prover()
    .run(parametersOf(guest))
    .then(() => 'finished', codeOf);
}

globalThis.hooks = { show, leave, state, askAgain };
