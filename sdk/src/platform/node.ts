/**
 * Node's process object where this is Node, `undefined` in a page, even one whose bundler brings a `process`. Modules of Node
 * are had from its `getBuiltinModule` and never imported, so that bundlers for pages need no configuration.
 */
export function nodeProcess(): NodeJS.Process | undefined {
  const { process } = globalThis as { readonly process?: NodeJS.Process };
  return process?.versions?.node !== undefined && process.getBuiltinModule !== undefined
    ? process
    : undefined;
}

/** Peak resident memory of this process in bytes; 0 where the platform does not tell. */
export function residentPeakBytes(): number {
  const node = nodeProcess();
  return node === undefined ? 0 : node.resourceUsage().maxRSS * 1024;
}

/**
 * Keeps the part of V8's heap for new objects at its first size, for a whole process: it grows to 64 MB where much is thrown away, and
 * does not shrink again. To be called at the start.
 */
export function keepYoungHeapSmall(): void {
  nodeProcess()?.getBuiltinModule('node:v8').setFlagsFromString('--semi-space-growth-factor=1');
}

/** Gives back what nothing holds any more, now: some 20 ms. For a moment after which little is allocated for long. */
export function collectGarbage(): void {
  const node = nodeProcess();
  if (node === undefined) return;
  node.getBuiltinModule('node:v8').setFlagsFromString('--expose-gc');
  const collect: unknown = node.getBuiltinModule('node:vm').runInNewContext('globalThis.gc');
  if (typeof collect === 'function') collect();
}
