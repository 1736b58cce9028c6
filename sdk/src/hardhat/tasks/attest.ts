import { readProofDocument } from '../../attest/proof/document.ts';
import type { TransactionCost } from '../../chain/port.ts';
import { reportAttested } from '../../cli/commands/attest.ts';
import { readProofText } from '../../cli/files.ts';
import { interruptible } from '../../cli/options.ts';
import { MOST_BYTES } from '../../cli/proofs.ts';
import { formatCost } from '../../cli/spending.ts';
import { fail } from '../../errors/index.ts';
import { connect } from './network.ts';
import { type Action, shown } from './shown.ts';
import { addressArgument, confirm, feeArgument } from './values.ts';

interface Arguments {
  readonly proof: string;
  readonly from?: string;
  readonly trustVerifier: boolean;
  readonly confirmations: number;
  readonly allowInsecure: boolean;
  readonly maxFee?: string;
  readonly yes: boolean;
}

const attest: Action<Arguments> = shown(async (given, hre) => {
  const { proof, from, trustVerifier, confirmations, allowInsecure, yes } = given;
  if (confirmations < 1)
    fail('USAGE', '--confirmations is less than 1', {
      fix: 'Give 1 or more: the block of the record counts',
    });
  const document = readProofDocument(await readProofText(proof, MOST_BYTES), proof);
  const account = addressArgument(from, '--from');
  const maxFee = feeArgument(given.maxFee);
  const connection = await connect(hre);
  try {
    const { registry, chainId } = await hre.wattest.deployment(connection);
    const what = `submit ${proof} to ${registry.address}`;
    const { signal, release } = interruptible();
    const settings = {
      from: account,
      maxFee,
      trustVerifier,
      allowInsecure,
      confirmations,
      signal,
      onFee: (cost: TransactionCost): Promise<void> =>
        confirm(hre, connection, { what, rows: [['cost', formatCost(cost, chainId)]], yes }),
      // Shown at once: whoever stops waiting knows what to look for.
      onSent: (hash: string): void => void process.stderr.write(`sent ${hash}\n`),
    };
    const { record, ...sent } = await hre.wattest.attest(connection, document, settings).finally(release);
    reportAttested({ document, registry: registry.address, sent, record });
  } finally {
    await connection.close();
  }
});

export default attest;
