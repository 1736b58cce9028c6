/** From inputs to what a contract makes of them: the steps of one program. */
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { type ReactElement, useEffect, useRef, useState } from 'react';
import { useAttest, useAttestation, useProver } from 'wattest/react';
import type { EncodedInputs } from 'wattest/typed';
import { isWattestError } from 'wattest/worker';
import type { ChainContext } from './chain.tsx';
import { Form } from './form.tsx';
import { CONTRACT_STATE, type PageProgram, type Values } from './page-program.ts';
import { Outcome, Progress } from './proof.tsx';
import { Facts, Failure, Loading, Notice, Short, Step } from './ui.tsx';
import { UseResult } from './use-result.tsx';
import { useWallet } from './wallet.tsx';
import { WalletGate } from './wallet-menu.tsx';

async function moduleAt(url: string): Promise<Uint8Array> {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`The program cannot be loaded (${response.status})`);
  return new Uint8Array(await response.arrayBuffer());
}

export function Flow({
  page,
  chain,
}: {
  readonly page: PageProgram;
  readonly chain: ChainContext;
}): ReactElement {
  const { account } = useWallet();
  const around = { chain, account };
  const [typed, setTyped] = useState<Values>({});
  const [fault, setFault] = useState<{ field: string; message: string }>();
  const own: Values = { ...page.begin(around), ...typed };
  const module = useQuery({
    queryKey: ['module', page.wasm],
    queryFn: () => moduleAt(page.wasm),
    staleTime: Number.POSITIVE_INFINITY,
  });
  const given = useQuery({
    queryKey: [CONTRACT_STATE, page.contract, chain.id, 'given', ...page.givenBy.map((name) => own[name])],
    queryFn: () => page.given(around, own),
    // The fields stay while it is asked anew.
    placeholderData: keepPreviousData,
  });
  const { proof, progress, cancel } = useProver();
  const { attestation, transactionHash } = useAttest(chain.wattest);
  const record = useAttestation(chain.wattest, proof.data?.document);

  const known = Object.entries(given.data ?? {}).map(([name, { value }]) => [name, value] as const);
  const values: Values = { ...own, ...Object.fromEntries(known) };
  const set = (more: Values): void => {
    // What is being proven stays as it is shown.
    if (proof.isPending) return;
    setTyped((before) => ({ ...before, ...more }));
    setFault(undefined);
    // What was proven is of other inputs.
    proof.reset();
    attestation.reset();
  };
  const prove = (): void => {
    const encoded = encode(page, values);
    if ('fault' in encoded) setFault(encoded.fault);
    else {
      attestation.reset();
      proof.mutate({ wasm: module.data!, ...encoded.words });
    }
  };

  const proveButton = useRef<HTMLButtonElement>(null);
  useEffect(() => {
    // The button that had the focus has gone: keyboards go on where it was.
    if (!proof.isPending && !proof.isIdle && document.activeElement === document.body)
      proveButton.current?.focus({ preventScroll: true });
  }, [proof.isPending, proof.isIdle]);

  const failed = module.error ?? given.error;
  const isRecorded = record.data !== null && record.data !== undefined;
  const recordFacts = isRecorded && (
    <Facts
      facts={[
        [
          'Statement',
          <Short key="statement" value={record.data!.statementHash} label="hash of the statement" />,
        ],
        ['Submitted by', <Short key="submitter" value={record.data!.submitter} label="submitter" />],
        ['In block', String(record.data!.blockNumber)],
        ...(attestation.data === undefined
          ? []
          : [['Gas', attestation.data.gasUsed.toLocaleString('en')] as const]),
      ]}
    />
  );
  return (
    <>
      <Step number={2} title="Give its inputs" state={proof.data === undefined ? 'open' : 'done'}>
        {failed !== null ? (
          <Failure error={failed} onRetry={() => void Promise.all([module.refetch(), given.refetch()])} />
        ) : given.data === undefined || module.data === undefined ? (
          <Loading>Asking the chain…</Loading>
        ) : (
          <Form
            page={page}
            given={given.data}
            values={values}
            set={set}
            fault={fault}
            disabled={proof.isPending}
          />
        )}
      </Step>
      <Step number={3} title="Prove in this page" state={proof.data === undefined ? 'open' : 'done'}>
        {proof.isPending ? (
          <Progress progress={progress} onCancel={cancel} />
        ) : (
          <button
            ref={proveButton}
            type="button"
            className="main"
            disabled={given.data === undefined || given.isPlaceholderData || module.data === undefined}
            onClick={prove}
          >
            {proof.data === undefined ? 'Prove' : 'Prove again'}
          </button>
        )}
        {fault !== undefined && (
          <div className="notice bad" role="alert">
            <strong>Look at {fault.field} again.</strong> It {fault.message}.
          </div>
        )}
        {proof.error !== null && <Failure error={proof.error} />}
        <p className="hidden" role="status">
          {proof.data !== undefined && 'Proven.'}
        </p>
        {proof.data !== undefined && <Outcome page={page} result={proof.data} />}
        {proof.data !== undefined && page.Proven !== undefined && (
          <page.Proven document={proof.data.document} />
        )}
      </Step>
      {!page.takesProof && (
        <Step
          number={4}
          title="Attest on the chain"
          state={isRecorded ? 'done' : proof.data === undefined ? 'waiting' : 'open'}
        >
          {proof.data === undefined ? (
            <p className="empty">A proof comes first.</p>
          ) : isRecorded ? (
            <div data-testid="record">{recordFacts}</div>
          ) : (
            <WalletGate chain={chain}>
              <button
                type="button"
                className="main"
                disabled={attestation.isPending || record.isPending}
                onClick={() => attestation.mutate(proof.data.document)}
              >
                {attestation.isPending ? 'Attesting…' : 'Attest'}
              </button>
              {attestation.isPending && (
                <p className="note" role="status">
                  {transactionHash === undefined ? (
                    'Confirm in the wallet.'
                  ) : (
                    <>
                      Sent as <Short value={transactionHash} label="hash of the transaction" />, waiting for a
                      block.
                    </>
                  )}
                </p>
              )}
              {attestation.error !== null && <Failure error={attestation.error} />}
              {record.error !== null && (
                <Failure error={record.error} onRetry={() => void record.refetch()} />
              )}
            </WalletGate>
          )}
        </Step>
      )}
      <UseResult
        number={page.takesProof ? 4 : 5}
        page={page}
        chain={chain}
        document={page.takesProof || isRecorded ? proof.data?.document : undefined}
      >
        {page.takesProof && recordFacts && (
          <div data-testid="record">
            <Notice kind="good">Attested in the same transaction.</Notice>
            {recordFacts}
          </div>
        )}
      </UseResult>
    </>
  );
}

type Encoded = { readonly words: EncodedInputs } | { readonly fault: { field: string; message: string } };

/** The words of the values, or which field is none of its type. */
function encode(page: PageProgram, values: Values): Encoded {
  const { inputs, privateInputs } = page.program.interface;
  const pick = (fields: typeof inputs): Values =>
    Object.fromEntries(fields.map(({ name }) => [name, values[name]]));
  try {
    return { words: page.program.encode({ inputs: pick(inputs), privateInputs: pick(privateInputs) }) };
  } catch (error) {
    if (!isWattestError(error, 'INPUT_INVALID')) throw error;
    // `privateInputs: siblings[3] is not 32 bytes`, and never a value.
    const [, field = 'the inputs', message = 'cannot be read'] =
      /^\w+: (\w+)\S* (.*)$/.exec(error.message) ?? [];
    return { fault: { field, message } };
  }
}
