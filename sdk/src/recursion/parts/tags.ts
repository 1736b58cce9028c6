/** What the rows of the recursion machine say to each other. */
import type { Tag } from '../../plonk/declare/declare.ts';

/** A limb of 16 bits. */
export const RANGE16: Tag = { code: 1, name: 'RANGE16', fields: ['limb'] };
/** An element of Fr at its address. */
export const FIELD: Tag = { code: 2, name: 'FIELD', fields: ['value', 'address'] };
/** The words of a value, at an offset of a segment. */
export const WORDS: Tag = { code: 3, name: 'WORDS', fields: ['w0', 'w1', 'w2', 'w3', 'segment', 'offset'] };

export const TAGS: readonly Tag[] = [RANGE16, FIELD, WORDS];

/** Segments: of quotients and carries, each at the offset of its row, where they have rows; of the public vector, four elements at an offset. */
export const RELATION_SEGMENT = 1;
export const PUBLIC_SEGMENT = 2;
/** Elements of the public vector in a tuple. */
export const PUBLICS_A_ROW = 4;

/** Tables of a program stand behind the segments of the chips. */
export const segmentOf = (segment: number): number => (segment === 0 ? 0 : segment + PUBLIC_SEGMENT);
