/** Endings of sources that are compiled. */
export const SOURCES: readonly string[] = ['.c', '.cc', '.cpp', '.ts', '.rs', '.go', '.zig', '.swift'];
