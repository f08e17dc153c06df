import { createHash } from 'node:crypto';
import { once } from 'node:events';
import type { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';

/** The size of some bytes once they are packed, chunk by chunk: what comes out is unpacked again, and compared by its hash. */
export class PackedSize {
  readonly #plain = createHash('sha256');
  readonly #back = createHash('sha256');
  readonly #done: Promise<void>;
  #bytes = 0;

  constructor(
    private readonly pack: Transform,
    unpack: Transform,
  ) {
    this.#done = pipeline(pack, unpack, async (plain: AsyncIterable<Buffer>) => {
      for await (const chunk of plain) this.#back.update(chunk);
    });
    // A failure is told by whoever waits next; until then it is not unhandled.
    this.#done.catch(() => undefined);
    pack.on('data', (chunk: Buffer) => void (this.#bytes += chunk.length));
  }

  async write(chunk: Uint8Array): Promise<void> {
    this.#plain.update(chunk);
    if (!this.pack.write(chunk)) await Promise.race([once(this.pack, 'drain'), this.#done]);
  }

  /** `same`: whether it gives back the bytes that were written. */
  async end(): Promise<{ bytes: number; same: boolean }> {
    this.pack.end();
    await this.#done;
    return { bytes: this.#bytes, same: this.#plain.digest('hex') === this.#back.digest('hex') };
  }

  close(): void {
    this.pack.destroy();
  }
}
