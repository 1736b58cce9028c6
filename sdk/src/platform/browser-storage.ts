/** IndexedDB as a store (see `storage.ts`), for pages and their workers. */
import { type BlobStore, blobSource } from './storage.ts';

const OBJECTS = 'blobs';

/**
 * A database of the page's origin as a store, made on the first use. Blobs are written in one transaction each, so another
 * tab sees the old one or the new one.
 */
export function indexedDbStore(database = 'wattest'): BlobStore {
  return {
    location: `IndexedDB database ${database}`,
    open: async (name) => {
      const blob: unknown = await withObjects(database, 'readonly', (objects) => objects.get(name));
      return blob instanceof Blob ? blobSource(blob, name) : undefined;
    },
    write: async (name, parts) => {
      const blob = new Blob(parts as Uint8Array<ArrayBuffer>[]);
      await withObjects(database, 'readwrite', (objects) => objects.put(blob, name));
    },
  };
}

/** Whether there is IndexedDB at all; a page may be forbidden it all the same, and finds out when it uses it. */
export function hasIndexedDb(): boolean {
  return Boolean((globalThis as { readonly indexedDB?: IDBFactory | null }).indexedDB);
}

/** One request in a transaction of its own; resolves when the transaction is complete. */
async function withObjects<T>(
  database: string,
  mode: IDBTransactionMode,
  work: (objects: IDBObjectStore) => IDBRequest<T>,
): Promise<T> {
  const connection = await connect(database);
  try {
    return await new Promise<T>((resolve, reject) => {
      const transaction = connection.transaction(OBJECTS, mode);
      const request = work(transaction.objectStore(OBJECTS));
      transaction.oncomplete = () => resolve(request.result);
      transaction.onabort = () => reject(named(transaction.error ?? request.error));
    });
  } finally {
    connection.close();
  }
}

function connect(database: string): Promise<IDBDatabase> {
  return new Promise((resolve, reject) => {
    try {
      const request = indexedDB.open(database, 1);
      request.onupgradeneeded = () => request.result.createObjectStore(OBJECTS);
      request.onsuccess = () => resolve(request.result);
      request.onerror = () => reject(named(request.error));
    } catch (error) {
      // Forbidden: at once.
      reject(named(error as DOMException));
    }
  });
}

/** DOMExceptions say what they are in their name (`QuotaExceededError`), which a message should have. */
function named(error: DOMException | null): Error {
  return new Error(`${error?.name ?? 'AbortError'}: ${error?.message ?? 'no reason given'}`, {
    cause: error,
  });
}
