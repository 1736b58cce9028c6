/** Small parts that the steps are made of. */
import { type ReactElement, type ReactNode, useState } from 'react';
import type { Hex } from 'viem';
import { explain } from './explain.ts';

export function Step({
  number,
  title,
  state,
  children,
}: {
  readonly number: number;
  readonly title: string;
  /** What it waits for is grey, what is done has a mark. */
  readonly state: 'waiting' | 'open' | 'done';
  readonly children: ReactNode;
}): ReactElement {
  const id = `step-${number}`;
  return (
    <section className="card step" data-state={state} aria-labelledby={id}>
      <h2 id={id}>
        <span className="number" aria-hidden="true">
          {state === 'done' ? '✓' : number}
        </span>
        {title}
        {state === 'done' && <span className="hidden"> (done)</span>}
      </h2>
      {children}
    </section>
  );
}

export function Notice({
  kind = 'info',
  children,
}: {
  readonly kind?: 'info' | 'warning' | 'good';
  readonly children: ReactNode;
}): ReactElement {
  return <div className={`notice ${kind}`}>{children}</div>;
}

/** What went wrong, said at once to those who do not see it. */
export function Failure({
  error,
  reverts,
  onRetry,
  className = '',
}: {
  readonly error: unknown;
  readonly reverts?: Readonly<Record<string, string>>;
  readonly onRetry?: () => void;
  readonly className?: string;
}): ReactElement {
  const { title, advice, code, wanted } = explain(error, reverts);
  return (
    <div className={`notice ${wanted ? 'info' : 'bad'} ${className}`} role="alert" data-code={code}>
      <strong>{title}</strong>
      {advice !== undefined && <p>{advice}</p>}
      {code !== undefined && !wanted && <code className="code">{code}</code>}
      {onRetry !== undefined && (
        <button type="button" className="quiet" onClick={onRetry}>
          Try again
        </button>
      )}
    </div>
  );
}

export function Loading({ children }: { readonly children: ReactNode }): ReactElement {
  return (
    <p className="loading" role="status">
      <span className="spinner" aria-hidden="true" /> {children}
    </p>
  );
}

/** An address, a hash: short, whole for those who point at it or copy it. */
export function Short({ value, label }: { readonly value: Hex; readonly label: string }): ReactElement {
  const [copied, setCopied] = useState(false);
  const copy = async (): Promise<void> => {
    await navigator.clipboard.writeText(value);
    setCopied(true);
    setTimeout(() => setCopied(false), 1500);
  };
  return (
    <button
      type="button"
      className="short"
      title={value}
      aria-label={copied ? 'copied' : `Copy ${label} ${value}`}
      data-value={value}
      onClick={() => void copy().catch(() => {})}
    >
      {copied ? 'copied' : shorten(value)}
    </button>
  );
}

export const shorten = (value: Hex): string =>
  value.length > 14 ? `${value.slice(0, 6)}…${value.slice(-4)}` : value;

export function Facts({
  facts,
}: {
  readonly facts: readonly (readonly [name: string, value: ReactNode])[];
}): ReactElement {
  return (
    <dl className="facts">
      {facts.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}
