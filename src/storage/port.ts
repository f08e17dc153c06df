/**
 * Where a lake lives. Keys are `/`-separated, without a leading slash; a folder and an S3 bucket behave alike, and one
 * contract suite (test/storage/contract.ts) holds both to it.
 *
 * Errors are FernlakeErrors: `StorageBusy`, `StorageFull` (transient), `StorageDenied`, `StorageKey` (terminal),
 * `ObjectNotFound` and `PreconditionFailed` (terminal for the call; the caller decides what they mean).
 */
export interface Storage {
  /** `file:///abs/dir` or `s3://bucket/prefix`, without a trailing slash. */
  readonly uri: string;

  /**
   * The whole object. Throws `ObjectNotFound`; and `LakeCorrupt`, without reading it, for one of more than `bytesMax`
   * (LIMITS.wholeBytesMax unless told).
   */
  get(key: string, bytesMax?: number): Promise<StoredObject>;

  /** The object as chunks, for what may not fit in memory. Throws `ObjectNotFound`, at once or at the first chunk. */
  open(key: string): AsyncIterable<Uint8Array>;

  /** undefined when there is none. */
  head(key: string): Promise<ObjectInfo | undefined>;

  /**
   * Writes the whole object or nothing: a reader sees the former one or this one, never a part.
   * Durable when it returns. Throws `PreconditionFailed` when the condition does not hold.
   */
  put(key: string, body: Body, condition?: Condition): Promise<ObjectInfo>;

  /** Keys that begin with `prefix`, ascending by their UTF-8 bytes, after `startAfter` when given. */
  list(prefix: string, options?: ListOptions): AsyncIterable<ObjectInfo>;

  /** The same as keys alone: a folder is read without a look at each file. Some may be gone by the time they are named. */
  keys(prefix: string, options?: ListOptions): AsyncIterable<string>;

  /** Keys that are not there are no error. */
  delete(keys: readonly string[]): Promise<void>;

  /** Only where a store keeps them (S3). */
  readonly uploads?: UnfinishedUploads;
}

/** Uploads in parts that were begun and never completed: no listing of objects shows them, and they cost money. */
export interface UnfinishedUploads {
  /** Begins one of this key and leaves it, for a check that it can be found and taken back. */
  begin(key: string): Promise<void>;

  /** Takes back those of keys with one of these prefixes that began over `olderThanMs` ago. Resolves to their number. */
  sweep(prefixes: readonly string[], olderThanMs: number): Promise<number>;
}

export type Body = Uint8Array | AsyncIterable<Uint8Array>;

/** `absent`: only if there is no such object. `{etag}`: only if the object is still that one. */
export type Condition = { readonly kind: 'absent' } | { readonly kind: 'matches'; readonly etag: string };

export interface ObjectInfo {
  readonly key: string;
  readonly bytes: number;
  /** Opaque; changes whenever the bytes do. */
  readonly etag: string;
  readonly modifiedMs: number;
}

export interface StoredObject extends ObjectInfo {
  readonly body: Buffer;
}

export interface ListOptions {
  readonly startAfter?: string;
}
