import { readProofDocument } from '../../attest/proof/document.ts';
import { MOST_BYTES, reportAttested } from '../../cli/commands/attest.ts';
import { readProofText } from '../../cli/files.ts';
import { type Action, shown } from './shown.ts';
import { addressArgument, confirm } from './values.ts';

interface Arguments {
  readonly proof: string;
  readonly from?: string;
  readonly trustVerifier: boolean;
  readonly yes: boolean;
}

const attest: Action<Arguments> = shown(async ({ proof, from, trustVerifier, yes }, hre) => {
  const document = readProofDocument(await readProofText(proof, MOST_BYTES), proof);
  const account = addressArgument(from, '--from');
  const connection = await hre.network.create();
  try {
    const { registry } = await hre.wattest.deployment(connection);
    await confirm(hre, connection, { what: `submit ${proof} to ${registry.address}`, yes });
    const { record, ...sent } = await hre.wattest.attest(connection, document, {
      from: account,
      trustVerifier,
    });
    reportAttested({ document, registry: registry.address, sent, record });
  } finally {
    await connection.close();
  }
});

export default attest;
