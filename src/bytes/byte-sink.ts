import { Buffer } from 'node:buffer';

/** Memory that grows while it is written end to end. */
export class ByteSink {
  bytes: Buffer;
  /** Bytes written so far. */
  used = 0;

  /** `memory`: is written over; the sink's alone. */
  constructor(sizeBytes = 64 * 1024, memory?: Buffer) {
    this.bytes = memory ?? Buffer.allocUnsafeSlow(sizeBytes);
  }

  /** Makes room for so many further bytes; `bytes` may be another buffer afterwards. */
  reserve(count: number): void {
    if (this.used + count <= this.bytes.length) return;
    const larger = Buffer.allocUnsafeSlow(Math.max(this.used + count, this.bytes.length * 2));
    this.bytes.copy(larger, 0, 0, this.used);
    this.bytes = larger;
  }

  text(text: string): void {
    this.reserve(text.length * 3);
    this.used += this.bytes.write(text, this.used);
  }

  copy(from: Buffer, start: number, end: number): void {
    this.reserve(end - start);
    this.used += from.copy(this.bytes, this.used, start, end);
  }

  /** What has been written, as a view. */
  written(): Buffer {
    return this.bytes.subarray(0, this.used);
  }
}
