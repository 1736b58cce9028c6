/**
 * Where the SDK keeps what it does not want to compute twice, and how it reads large files: two small interfaces
 * that Node implements on files (`node-storage.ts`) and browsers on IndexedDB (`browser-storage.ts`).
 */

/** Random access to bytes that stay where they are. */
export interface ByteSource {
  /** For messages: a path, or what the bytes are. */
  readonly name: string;
  readonly size: number;
  /** Exactly `length` bytes from `offset`; rejects where there are fewer. */
  read(offset: number, length: number): Promise<Uint8Array>;
  close(): Promise<void>;
}

/** A folder of named blobs. Names are plain file names. */
export interface BlobStore {
  /** For messages. */
  readonly location: string;
  /** `undefined` where there is no such blob; rejects where it cannot be read. */
  open(name: string): Promise<ByteSource | undefined>;
  /** Puts a blob in place whole or not at all; rejects where that fails (no space, no permission). */
  write(name: string, parts: readonly Uint8Array[]): Promise<void>;
}

/** A text that only this user should see, in one place. */
export interface PrivateFile {
  /** For messages. */
  readonly location: string;
  /** `undefined` where there is none yet. */
  read(): Promise<string | undefined>;
  /** In place whole or not at all, and durable, when it resolves. */
  write(text: string): Promise<void>;
  remove(): Promise<void>;
  /**
   * Keeps others away until what it returns is called: two who wrote here at once would each lose what the other did. Left out where nobody else can come.
   * @throws RESUME_BUSY where somebody is there
   */
  lock?(): Promise<() => Promise<void>>;
}

/** Bytes in memory as a source. */
export function bytesSource(bytes: Uint8Array, name: string): ByteSource {
  return {
    name,
    size: bytes.length,
    read: async (offset, length) => {
      if (offset + length > bytes.length) throw new RangeError(`${name} ends before byte ${offset + length}`);
      return bytes.slice(offset, offset + length);
    },
    close: async () => {},
  };
}

/** A `Blob`, such as a `File` that the user chose, as a source; it is read in pieces. */
export function blobSource(blob: Blob, name: string): ByteSource {
  return {
    name,
    size: blob.size,
    read: async (offset, length) => {
      if (offset + length > blob.size) throw new RangeError(`${name} ends before byte ${offset + length}`);
      return new Uint8Array(await blob.slice(offset, offset + length).arrayBuffer());
    },
    close: async () => {},
  };
}
