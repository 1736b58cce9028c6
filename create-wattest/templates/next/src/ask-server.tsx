/** The proof, posted to the server (app/api/verify): what it says it has verified itself. */
import { useMutation } from '@tanstack/react-query';
import type { ReactElement } from 'react';
import type { ProofDocument } from 'wattest';
import { writeProofDocument } from 'wattest/verify';
import { Failure, Notice } from './ui.tsx';

async function verify(
  document: ProofDocument,
): Promise<{ readonly outputs: Readonly<Record<string, string>> }> {
  const response = await fetch('/api/verify', { method: 'POST', body: writeProofDocument(document) });
  const body = await response.json();
  if (!response.ok) throw new Error(`The server does not take it: ${body.message}`);
  return body;
}

export function AskServer({ document }: { readonly document: ProofDocument }): ReactElement {
  const { mutate, data, error, isPending } = useMutation({ mutationFn: verify });
  return (
    <>
      {data === undefined ? (
        <button type="button" className="quiet" disabled={isPending} onClick={() => mutate(document)}>
          {isPending ? 'Asking the server…' : 'Have the server verify it'}
        </button>
      ) : (
        <div data-testid="verified">
          <Notice kind="good">
            The server verified it:{' '}
            {Object.entries(data.outputs)
              .map(([name, value]) => `${name} ${value}`)
              .join(', ')}
            .
          </Notice>
        </div>
      )}
      {error !== null && <Failure error={error} />}
    </>
  );
}
