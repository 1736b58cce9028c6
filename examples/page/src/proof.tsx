/** A proof while it is made, and when it is there. */
import { type ReactElement, useEffect, useRef } from 'react';
import type { ProveResult, SessionProgress } from 'wattest';
import { typeText } from './form.tsx';
import type { PageProgram } from './page-program.ts';
import { Facts, Short } from './ui.tsx';

export function Progress({
  progress,
  onCancel,
}: {
  readonly progress: SessionProgress | undefined;
  readonly onCancel: () => void;
}): ReactElement {
  const percent = Math.floor(100 * (progress?.fraction ?? 0));
  const phase = progress?.phase ?? 'starting the prover';
  const cancel = useRef<HTMLButtonElement>(null);
  // In place of the button that was pressed.
  useEffect(() => cancel.current?.focus({ preventScroll: true }), []);
  return (
    <div className="progress">
      <div
        className="bar"
        role="progressbar"
        aria-label="Proving"
        aria-valuemin={0}
        aria-valuemax={100}
        aria-valuenow={percent}
        aria-valuetext={`${percent} %, ${phase}`}
      >
        <span style={{ width: `${percent}%` }} />
      </div>
      <p className="phase">
        <span>{phase}</span> <span className="percent">{percent} %</span>
      </p>
      <button ref={cancel} type="button" className="quiet" onClick={onCancel}>
        Cancel
      </button>
    </div>
  );
}

/** What the program wrote, and what the proof of it cost. */
export function Outcome({
  page,
  result,
}: {
  readonly page: PageProgram;
  readonly result: ProveResult;
}): ReactElement {
  const outputs = page.program.read(result.document).outputs as Readonly<Record<string, unknown>>;
  const seconds = (result.timings['total'] ?? 0) / 1000;
  return (
    <div className="outcome" data-testid="outcome">
      <div className="outputs">
        {page.program.interface.outputs.map(({ name, type }) => (
          <div key={name} className="output" data-output={name}>
            <span className="output-name">
              {name} <code>{typeText(type)}</code>
            </span>
            <output>{plain(outputs[name])}</output>
          </div>
        ))}
      </div>
      <Facts
        facts={[
          ['Proven in', `${seconds.toFixed(1)} s`],
          ['Instructions', result.instructions.toLocaleString('en')],
          ['Proof', `${result.proofBytes.toLocaleString('en')} bytes, verified here`],
          ['Program', <Short key="program" value={result.document.programId} label="id of the program" />],
        ]}
      />
    </div>
  );
}

/** Numbers as numbers, lists and structs as JSON. */
function plain(value: unknown): string {
  return typeof value === 'object'
    ? JSON.stringify(value, (_, each: unknown) => (typeof each === 'bigint' ? String(each) : each))
    : String(value);
}
