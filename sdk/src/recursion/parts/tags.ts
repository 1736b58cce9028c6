/** What the rows of the recursion machine say to each other. */
import type { Tag } from '../../plonk/declare/declare.ts';

/** A limb of 16 bits. */
export const RANGE16: Tag = { code: 1, name: 'RANGE16', fields: ['limb'] };
/** An element of Fr at its address. */
export const FIELD: Tag = { code: 2, name: 'FIELD', fields: ['value', 'address'] };
/** The words of a value, at an offset of a segment. */
export const WORDS: Tag = { code: 3, name: 'WORDS', fields: ['w0', 'w1', 'w2', 'w3', 'segment', 'offset'] };
