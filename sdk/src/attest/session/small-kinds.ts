/** Small proofs, by what they stand for: a kind is a key, and so a contract. */
export const SMALL_KINDS = ['wrap', 'joined'] as const;
/** `wrap`: a run that one proof took; `joined`: one that took several. */
export type SmallKind = (typeof SMALL_KINDS)[number];
