/** A private file in memory, which remembers every text that stood in it. */
import { createHash } from 'node:crypto';
import type { PrivateFile } from '../../../sdk/src/platform/storage.ts';

export class MemoryFile implements PrivateFile {
  readonly location = 'a file in memory';
  readonly texts: string[] = [];
  text: string | undefined;
  /** Called with each text when it is in place. */
  onWrite: (text: string, count: number) => void = () => {};

  constructor(text?: string) {
    this.text = text;
  }

  read(): Promise<string | undefined> {
    return Promise.resolve(this.text);
  }

  async write(text: string): Promise<void> {
    this.text = text;
    this.texts.push(text);
    this.onWrite(text, this.texts.length);
  }

  async remove(): Promise<void> {
    this.text = undefined;
  }
}

/** What stands in the file, for a test to change at will. */
export interface Json {
  format: string;
  formatVersion: number;
  terms: {
    system: string;
    transcript: 'keccak256' | 'poseidon2';
    keys: `0x${string}`;
    module: `0x${string}`;
    entry: string;
    imports: string;
  };
  inputs: `0x${string}`;
  words: { source: string; word: string | null }[];
  plan: `0x${string}`;
  shards: number;
  seed?: string;
  heads: (string | null)[];
  uses: string | null;
  root: string | null;
  proofs: (string | null)[];
  parts: (string | null)[];
}

/** The text with some of it changed, and a checksum that is right again. */
export function edited(text: string, change: (kept: Json) => void): string {
  const kept: Json = JSON.parse(text.split('\n')[0]!);
  change(kept);
  const body = JSON.stringify(kept);
  return `${body}\n${createHash('sha256').update(body).digest('hex')}\n`;
}
