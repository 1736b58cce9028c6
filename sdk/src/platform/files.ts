/** Stores and files as the user names them, on the platform that this is. */
import { fail } from '../errors/index.ts';
import { hasIndexedDb, indexedDbStore } from './browser-storage.ts';
import { nodeProcess } from './node.ts';
import { type BlobStore, type ByteSource, blobSource, type PrivateFile } from './storage.ts';

/**
 * A store that lasts: in Node a folder, by default the user's cache folder; in a page an IndexedDB database, by default
 * `wattest`; `undefined` where there is neither.
 */
export async function namedStore(name?: string): Promise<BlobStore | undefined> {
  if (nodeProcess() === undefined) return hasIndexedDb() ? indexedDbStore(name) : undefined;
  const { cacheDirectory, directoryStore } = await import('./node-storage.ts');
  return directoryStore(name ?? cacheDirectory());
}

/**
 * A file to read: a path in Node, a `Blob` or a source anywhere.
 * @throws FILE_UNREADABLE
 */
export async function openFile(file: string | Blob | ByteSource): Promise<ByteSource> {
  if (file instanceof Blob) return blobSource(file, 'name' in file ? String(file.name) : 'a Blob');
  if (typeof file !== 'string') return file;
  if (nodeProcess() === undefined) {
    fail('FILE_UNREADABLE', 'a page cannot open a path', {
      where: file,
      fix: 'Give the File that the user chose, or a Blob with its bytes',
    });
  }
  const { fileSource } = await import('./node-storage.ts');
  return fileSource(file);
}

/**
 * A private file: a path in Node, a place of one's own anywhere.
 * @throws FILE_UNREADABLE for a path in a page
 */
export async function privateFile(file: string | PrivateFile): Promise<PrivateFile> {
  if (typeof file !== 'string') return file;
  if (nodeProcess() === undefined) {
    fail('FILE_UNREADABLE', 'a page cannot open a path', {
      where: file,
      fix: 'Give an object that reads, writes and removes the text (PrivateFile)',
    });
  }
  const { ownFile } = await import('./node-storage.ts');
  return ownFile(file);
}
