/** What `npm run test:soundness` runs, part by part: with every test that the documents on soundness name (`test/structure/scripts.test.ts`). */
import { globSync } from 'node:fs';
import { ROOT } from './tools.ts';

export interface Part {
  readonly title: string;
  /** Paths of test files. */
  readonly files: readonly string[];
}

const PARTS: readonly (readonly [title: string, ...globs: string[]])[] = [
  ['Mutation of honest rows', 'test/machine/chips/mutation.test.ts'],
  ['Mutation with all that follows from it', 'test/machine/chips/mutation-repair.test.ts'],
  ['Forged rows of every opcode', 'test/machine/chips/forged.test.ts'],
  [
    'Declarations, and honest rows at the edges',
    'test/machine/chips/{complement,declarations,honest,image}.test.ts',
    'test/machine/float-instructions.test.ts',
  ],
  ['Images that break a rule', 'test/machine/verify-image/*.test.ts'],
  ['Cells of ctl, case by case', 'test/machine/chips/ctl-cases.test.ts'],
  ['Determinism of every chip', 'test/machine/chips/determinism.test.ts'],
  ['The row checker', 'test/plonk/check-exact.test.ts', 'test/machine/chips/oracle.test.ts'],
  ['Each constraint and interaction, left out', 'test/soundness/losses/*.test.ts'],
  ['Specification, by SMT', 'test/soundness/smt/**/*.test.ts'],
  ['A lying prover', 'test/soundness/lying-prover*.test.ts', 'test/plonk/dishonest.test.ts'],
  ['Bent proofs, keys, statements', 'test/soundness/parser.test.ts', 'test/plonk/tampered.test.ts'],
  [
    'Runs of several proofs',
    'test/plonk/{shards,whole-shard}.test.ts',
    'test/machine/shards.test.ts',
    'test/attest/{shards,shard-lies}.test.ts',
  ],
  [
    'Jobs: seeds, roots, retries, what workers see',
    'test/attest/{jobs,resume}.test.ts',
    'test/queue/vault.test.ts',
  ],
  [
    'Proofs about other proofs: rows, relations, programs, wraps, joins',
    'test/recursion/*.test.ts',
    'test/plonk/recursion.test.ts',
  ],
  [
    'Runs, joined and wrapped, and proofs made earlier',
    'test/attest/{wrap,joins}.test.ts',
    'test/fixtures/fixtures.test.ts',
  ],
  [
    'Key and contract against the declarations',
    'test/soundness/declarations.test.ts',
    'test/plonk/{key,key-rules}.test.ts',
    'test/solidity/generate.test.ts',
  ],
  [
    'The same on chain',
    'test/soundness/contract*.test.ts',
    'test/chain/{verifier,small-proof,wrap,machine,flavours,actions,gateway,development-keys}.test.ts',
  ],
  ['A verifier in another language', 'test/independent/*.test.ts'],
  ['What broke other systems', 'test/soundness/checklist.test.ts', 'test/soundness/document.test.ts'],
  ['SRS of another tool', 'test/kzg/{ptau,known-tau}.test.ts', 'test/kzg/ceremon*.test.ts'],
  [
    'Transcript, item by item',
    'test/transcript/*.test.ts',
    'test/plonk/honest.test.ts',
    'test/chain/transcript.test.ts',
  ],
  ['Zero knowledge', 'test/plonk/zero-knowledge*.test.ts', 'test/soundness/zero-knowledge*.test.ts'],
];

/** All parts, in the order in which they run; `RangeError` for a pattern that no file matches. */
export function soundnessParts(): Part[] {
  return PARTS.map(([title, ...globs]) => ({
    title,
    files: globs.flatMap((glob) => {
      const files = globSync(glob, { cwd: ROOT });
      if (files.length === 0) throw new RangeError(`${title}: no file matches ${glob}`);
      return files.map((file) => file.replaceAll('\\', '/')).toSorted();
    }),
  }));
}
