import type { ListOptions, ObjectInfo, Storage, StoredObject } from './port.js';

export interface RecentOptions {
  /** Whether an object of this key, once written, keeps its bytes for as long as it is there. */
  readonly isWrittenOnce: (key: string) => boolean;
  /** Of all objects that are remembered. */
  readonly bytesMax: number;
  readonly lifeMs: number;
}

/**
 * The same storage, with what this process wrote a moment ago at hand: such an object is not read again. The storage stays the truth: a
 * listing that shows another etag, or a removal, makes it forgotten. The oldest make room.
 */
export class RecentStorage implements Storage {
  readonly uri: string;
  readonly uploads?: NonNullable<Storage['uploads']>;
  readonly #objects = new Map<string, { readonly object: StoredObject; readonly untilMs: number }>();
  #bytes = 0;

  constructor(
    private readonly inner: Storage,
    private readonly options: RecentOptions,
  ) {
    this.uri = inner.uri;
    if (inner.uploads) this.uploads = inner.uploads;
  }

  /** Those of these keys that are at hand. */
  atHand(keys: readonly string[]): StoredObject[] {
    return keys.flatMap((key) => this.#find(key) ?? []);
  }

  remember(object: StoredObject): void {
    this.forget(object.key);
    if (object.body.length > this.options.bytesMax) return;
    this.#objects.set(object.key, { object, untilMs: performance.now() + this.options.lifeMs });
    this.#bytes += object.body.length;
    for (const oldest of this.#objects.keys()) {
      if (this.#bytes <= this.options.bytesMax) break;
      this.forget(oldest);
    }
  }

  forget(key: string): void {
    this.#bytes -= this.#objects.get(key)?.object.body.length ?? 0;
    this.#objects.delete(key);
  }

  async get(key: string, bytesMax?: number): Promise<StoredObject> {
    const found = this.#find(key);
    return found && found.bytes <= (bytesMax ?? found.bytes) ? found : await this.inner.get(key, bytesMax);
  }

  /** From the storage, always: nothing that is read whole is read so. */
  open(key: string): AsyncIterable<Uint8Array> {
    return this.inner.open(key);
  }

  head(key: string): Promise<ObjectInfo | undefined> {
    return this.inner.head(key);
  }

  async put(...[key, body, condition]: Parameters<Storage['put']>): Promise<ObjectInfo> {
    this.forget(key);
    const info = await this.inner.put(key, body, condition);
    // Bytes of its own: those of the caller may be a part of something larger.
    if (body instanceof Uint8Array && this.options.isWrittenOnce(key))
      this.remember({ ...info, body: Buffer.from(body) });
    return info;
  }

  async *list(prefix: string, options?: ListOptions): AsyncGenerator<ObjectInfo> {
    for await (const info of this.inner.list(prefix, options)) {
      if (this.#objects.get(info.key)?.object.etag !== info.etag) this.forget(info.key);
      yield info;
    }
  }

  keys(prefix: string, options?: ListOptions): AsyncIterable<string> {
    return this.inner.keys(prefix, options);
  }

  async delete(keys: readonly string[]): Promise<void> {
    for (const key of keys) this.forget(key);
    await this.inner.delete(keys);
  }

  #find(key: string): StoredObject | undefined {
    const found = this.#objects.get(key);
    if (found && found.untilMs < performance.now()) this.forget(key);
    return this.#objects.get(key)?.object;
  }
}
