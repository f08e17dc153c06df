import { FernlakeError } from '../errors.js';
import type { Body } from './port.js';

/**
 * A body over this goes up in parts of this size: over S3's least of 5 MiB, and so small that a part that fails is soon
 * sent again. With S3's 10,000 parts an object ends at 78 GiB.
 */
export const PART_BYTES = 8 * 1024 * 1024;
const PARTS_MAX = 10_000;

/** The four requests of a multipart upload. */
export interface MultipartCalls {
  /** The upload's id. */
  create(): Promise<string>;
  /** Its etag. Parts are numbered from 1. */
  part(uploadId: string, number: number, bytes: Uint8Array): Promise<UploadedPart>;
  /** The object's etag. */
  complete(uploadId: string, parts: readonly UploadedPart[]): Promise<string>;
  abort(uploadId: string): Promise<void>;
}

export interface UploadedPart {
  readonly number: number;
  readonly etag: string;
  readonly sha256Base64: string;
}

export interface BodyPart {
  /** To be done with before the next part is asked for: that one may come in the same memory. */
  readonly bytes: Uint8Array;
  readonly isLast: boolean;
}

/**
 * Uploads the parts and completes. On any failure nothing is left, and no object was made. One part at a time: an hour is
 * a few parts at most, and what is in memory stays small.
 */
export async function uploadParts(calls: MultipartCalls, parts: AsyncIterable<BodyPart>): Promise<string> {
  const uploadId = await calls.create();
  try {
    const done: UploadedPart[] = [];
    for await (const { bytes } of parts) {
      if (done.length === PARTS_MAX) throw tooLarge();
      done.push(await calls.part(uploadId, done.length + 1, bytes));
    }
    return await calls.complete(uploadId, done);
  } catch (error) {
    // What this cannot remove, the activity `sweep` or the bucket's life-cycle rule does.
    await calls.abort(uploadId).catch(() => undefined);
    throw error;
  }
}

/** The body in parts of `partBytes`, the last one smaller; at least one, if an empty one. */
export async function* partsOf(body: Body, partBytes: number): AsyncGenerator<BodyPart> {
  if (body instanceof Uint8Array) {
    let at = 0;
    for (; at + partBytes < body.length; at += partBytes)
      yield { bytes: body.subarray(at, at + partBytes), isLast: false };
    yield { bytes: body.subarray(at), isLast: true };
    return;
  }
  // One piece of memory for all parts, filled anew for each.
  let memory: Buffer | undefined;
  let held = 0;
  for await (const chunk of body) {
    memory ??= Buffer.allocUnsafeSlow(partBytes);
    for (let at = 0; at < chunk.length;) {
      // A full part goes out only once there is more: the last one must be known as such.
      if (held === partBytes) {
        yield { bytes: memory, isLast: false };
        held = 0;
      }
      const taken = chunk.subarray(at, at + partBytes - held);
      memory.set(taken, held);
      held += taken.length;
      at += taken.length;
    }
  }
  yield { bytes: memory?.subarray(0, held) ?? new Uint8Array(), isLast: true };
}

function tooLarge(): FernlakeError {
  const limitBytes = PARTS_MAX * PART_BYTES;
  return new FernlakeError(
    'LimitExceeded',
    'terminal',
    `an object in S3 holds at most ${limitBytes} bytes here`,
    {
      details: { limitBytes },
    },
  );
}
