/** A proof document as plain data: what is checked, awaited and returned is one and the same, whatever object was given. */
import { Reader } from '../../json/reader.ts';
import type { Statement } from '../../plonk/declare/declare.ts';
import { MAX_COMMITMENTS, type ProgramKey } from '../../plonk/keys/key.ts';
import { MAX_SHARDS } from '../../plonk/verify/run.ts';
import { kindOf, type ProofDocument } from './document.ts';

/**
 * Every part is read once. Here only the form is checked, so that the program id can be computed; what the parts say is for whoever uses them.
 * @throws PROOF_MALFORMED for anything that `readProofDocument` would not return
 */
export function copyDocument(given: ProofDocument, where: string): ProofDocument {
  const top = new Reader(given, where, {
    code: 'PROOF_MALFORMED',
    fix: 'Read the text of the file with readProofDocument, not with JSON.parse',
    problem: 'is not what readProofDocument returns',
  });
  return {
    system: top.at('system').text(),
    machine: top.at('machine').hex(),
    verifyingKey: top.at('verifyingKey').hex(),
    ...kindOf(top),
    shards: top.at('shards').integer(MAX_SHARDS),
    insecure: top.at('insecure').boolean(),
    programId: top.at('programId').hex(),
    programKey: copyProgramKey(top.at('programKey')),
    entry: top.at('entry').text(),
    statement: copyStatement(top.at('statement')),
    proof: top.at('proof').hex(),
  };
}

function copyProgramKey(key: Reader): ProgramKey {
  return {
    log: key.at('log').integer(255),
    entry: key.at('entry').take(below(1n << 64n)),
    commitments: key.at('commitments').list((point) => {
      if (point.value === null) return null;
      const coordinate = (name: string): bigint => point.at(name).take(below(1n << 256n));
      const [x, y] = [coordinate('x'), coordinate('y')];
      // Infinity is null.
      return x === 0n && y === 0n ? point.invalid('is infinity') : { x, y };
    }, MAX_COMMITMENTS),
  };
}

/** Words of any size: `takeStatement` refuses those that are too wide, by their own name. */
function copyStatement(statement: Reader): Statement {
  const isWord = (value: unknown): boolean => typeof value === 'bigint';
  const words = (name: string): bigint[] => statement.at(name).list((word) => word.take<bigint>(isWord));
  return {
    publicInputs: words('publicInputs'),
    publicOutputs: words('publicOutputs'),
    status: statement.at('status').take(isWord),
  };
}

function below(bound: bigint): (value: unknown) => boolean {
  return (value) => typeof value === 'bigint' && value >= 0n && value < bound;
}
