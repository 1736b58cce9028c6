/** The verifier of a shard as operations of a program. */
import type { VerifyingKey } from '../../plonk/keys/key.ts';
import type { ProgramBuilder } from '../builder.ts';
import type { Element } from '../program.ts';
import type { LogRange } from './heights.ts';
import { type ProgramKeyTerms, type ProofClaim, ProofWalk } from './walk.ts';

export interface ShardParameters {
  /** With poseidon2 and a shared bus. */
  readonly key: VerifyingKey;
  /** log2 of N that its proofs may have. */
  readonly range: LogRange;
  /** Place in the run. */
  readonly index: Element;
  /** Of the run, where the key has an image. */
  readonly program?: Required<ProgramKeyTerms>;
}

/** What is left of a shard: the pairing of its proof, and that its interactions add up to `sum`. */
export interface ShardClaim extends ProofClaim {
  readonly sum: Element;
}

export interface OpenShard {
  readonly leaf: Element;
  finish(challenges: { readonly alpha: Element; readonly beta: Element }): ShardClaim;
}

/** Reads a shard up to the hash of its main columns, the next of the program's inputs. */
export function openShard(builder: ProgramBuilder, { index, ...parameters }: ShardParameters): OpenShard {
  if (parameters.key.shape.bus !== 'shared') throw new RangeError('no key of shards');
  const walk = new ProofWalk(builder, parameters);
  walk.know({ shard: index });
  walk.round('main');
  const leaf = walk.digest;
  return {
    leaf,
    finish: (challenges) => {
      const a = walk.arithmetic;
      walk.share(challenges);
      walk.know({ leaf });
      const [sum] = walk.round('sum');
      // What stands for the public terms is minus the sum.
      const claim = walk.conclude({ num: a.scale(sum!, -1n), den: a.constant(1n) });
      return { ...claim, sum: a.element(sum!) };
    },
  };
}
