/** The public vector on the bus: what the verifier itself sends. */
import type { PublicField, PublicTerm } from '../../plonk/declare/declare.ts';
import { PUBLIC_SEGMENT, PUBLICS_A_ROW, WORDS } from './tags.ts';

/** Four elements a tuple, at the offset of their place in the vector; the last one is filled with zeros. */
export function vectorTerms(vector: readonly PublicField[]): PublicTerm[] {
  const constant = (value: number): PublicField => ({ from: 'constant', value: BigInt(value) });
  return Array.from({ length: Math.ceil(vector.length / PUBLICS_A_ROW) }, (_, i): PublicTerm => {
    const elements = vector.slice(PUBLICS_A_ROW * i, PUBLICS_A_ROW * (i + 1));
    while (elements.length < PUBLICS_A_ROW) elements.push(constant(0));
    const fields = [...elements, constant(PUBLIC_SEGMENT), constant(i)];
    return { name: `public elements ${i}`, tag: WORDS, sign: 1, fields };
  });
}
