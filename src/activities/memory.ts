import { ByteSink } from '../bytes/byte-sink.js';

/** Smaller buffers are left to the garbage collector. */
const KEPT_BYTES_MIN = 1024 * 1024;
const KEPT_MAX = 3;

const free: Buffer[] = [];
/** Memory of sinks that were made here. Nothing else may be written over. */
const ours = new WeakSet<ArrayBufferLike>();

/**
 * A sink for a batch, over memory of an earlier one where there is some: 10 MB and more for each step would
 * be garbage.
 */
export function batchSink(sizeBytes: number): ByteSink {
  const at = free.findIndex(({ length }) => length >= sizeBytes);
  return new ByteSink(sizeBytes, at < 0 ? undefined : free.splice(at, 1)[0]);
}

/** What the sink holds, as memory that may be given back. */
export function batchBytes(sink: ByteSink): Buffer {
  ours.add(sink.bytes.buffer);
  return sink.written();
}

/** Nobody reads these bytes any more. Does nothing with bytes from elsewhere. */
export function giveBack(bytes: Buffer): void {
  if (!ours.delete(bytes.buffer) || free.length === KEPT_MAX) return;
  if (bytes.buffer.byteLength >= KEPT_BYTES_MIN) free.push(Buffer.from(bytes.buffer));
}
