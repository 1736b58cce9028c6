/**
 * Of a mutation that somebody begins, whatever the application's defaults are: it needs no network of its own to begin, so it is never paused (what is paused is written down with its inputs where an application
 * keeps its mutations), and it is never done again by itself, which would go on after a cancel, or pay twice.
 */
export const ONCE = { networkMode: 'always', retry: false } as const;
