import { openSession, prove, writeProofDocument } from 'wattest';

self.onmessage = async ({ data }) => {
  const session = await openSession();
  const { threads } = session.engine;
  const { document } = await prove(session, data);
  await session.dispose();
  self.postMessage({ threads, proof: writeProofDocument(document) });
};
