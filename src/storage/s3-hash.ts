import { createHash, type Hash } from 'node:crypto';
import { FernlakeError } from '../errors.js';

/** Written with an object that went up in parts: what its composite checksum was computed over. */
export const PART_BYTES_METADATA = 'fernlake-part-bytes';

/**
 * S3 keeps, for an object that came in parts, the SHA-256 of its parts' SHA-256s, `<base64>-<parts>` ("composite",
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity-upload.html). The SDK checks whole
 * objects itself and passes over these, so they are checked here.
 */
class CompositeHash {
  private readonly digests = createHash('sha256');
  private part: Hash = createHash('sha256');
  private inPart = 0;
  private parts = 0;

  constructor(private readonly partBytes: number) {}

  update(chunk: Uint8Array): void {
    let rest = chunk;
    while (rest.length > 0) {
      const taken = rest.subarray(0, this.partBytes - this.inPart);
      this.part.update(taken);
      this.inPart += taken.length;
      if (this.inPart === this.partBytes) this.endPart();
      rest = rest.subarray(taken.length);
    }
  }

  digest(): string {
    if (this.inPart > 0) this.endPart();
    return `${this.digests.digest('base64')}-${this.parts}`;
  }

  private endPart(): void {
    this.digests.update(this.part.digest());
    this.part = createHash('sha256');
    this.inPart = 0;
    this.parts += 1;
  }
}

/** What came with the object's head. */
export interface Expected {
  readonly checksum: string | undefined;
  readonly metadata: Readonly<Record<string, string>> | undefined;
}

/** The chunks as they are; throws `HashMismatch` behind the last one of an object that is not what was uploaded in parts. */
export async function* verifiedParts(
  chunks: AsyncIterable<Uint8Array>,
  { checksum, metadata }: Expected,
  what: string,
): AsyncGenerator<Uint8Array> {
  const partBytes = Number(metadata?.[PART_BYTES_METADATA]);
  // Another tool's upload says nothing of its parts' size; TLS and the length stand for it.
  const composite = checksum?.includes('-') && partBytes > 0 ? new CompositeHash(partBytes) : undefined;
  for await (const chunk of chunks) {
    composite?.update(chunk);
    yield chunk;
  }
  if (composite && composite.digest() !== checksum) throw hashMismatch(what);
}

/** Transient: most often the way was at fault, not the object, and another reading tells. */
export function hashMismatch(what: string): FernlakeError {
  return new FernlakeError(
    'HashMismatch',
    'transient',
    `${what} is not what was written: its SHA-256 differs. It is read again; if that goes on, the object is damaged: ` +
      'restore its former version, or compute it again from the raw archive',
  );
}
