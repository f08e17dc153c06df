import type { Buffer } from 'node:buffer';
import { CLOSE_BRACKET, COMMA, LINE_FEED, OPEN_BRACKET, QUOTE } from '../../bytes/ascii.js';
import { writeLatin1 } from '../../bytes/buffer-write.js';
import { ByteSink } from '../../bytes/byte-sink.js';
import { writeDigits } from '../../bytes/digits.js';
import { idJson, type RecordId } from '../../dataset/record-id.js';
import type { BatchAnswer } from './open-answer.js';
import type { OpenedAnswer } from './opened.js';

/**
 * How opened answers wait in staging for `compact`. Each begins with a line of JSON,
 * `{"raw","kind","elements","refusals","newestId","records":[[index,id,key,bytes],…]}`; then come the plaintexts end to end (they may
 * hold anything, so they are counted, not quoted) and a newline. What is read is what was written: an answer of the batch, opened.
 */
interface Head extends OpenedAnswer {
  readonly raw: string;
  readonly kind: BatchAnswer['kind'];
  readonly records: readonly (readonly [index: number, id: RecordId, keyId: string, bytes: number])[];
}

export class DecryptedWriter {
  readonly #plain = new ByteSink();
  readonly #records = new ByteSink(8 * 1024);

  /** Opens the answer into `out`; how many records it opened. */
  write(answer: BatchAnswer, out: ByteSink): number {
    const { raw, kind } = answer;
    const [plain, records] = [this.#plain, this.#records];
    plain.used = 0;
    records.used = 0;
    let count = 0;
    const opened =
      'open' in answer
        ? answer.open((bytes, from, end, index, id, keyId) => {
            plain.copy(bytes, from, end);
            writeRecord(records, index, id, keyId, end - from);
            count += 1;
          })
        : { elements: 0, refusals: [], newestId: null };
    out.text(`${JSON.stringify({ raw, kind, ...opened }).slice(0, -1)},"records":[`);
    out.copy(records.bytes, 0, records.used);
    out.text(']}\n');
    out.copy(plain.bytes, 0, plain.used);
    out.text('\n');
    return count;
  }
}

/** The answers that `DecryptedWriter` has written, in order. */
export function* readDecrypted(bytes: Buffer): Generator<BatchAnswer> {
  for (let at = 0; at < bytes.length;) {
    const headEnd = bytes.indexOf(LINE_FEED, at);
    const { raw, kind, records, ...opened } = JSON.parse(bytes.toString('utf8', at, headEnd)) as Head;
    const first = headEnd + 1;
    at = records.reduce((end, [, , , size]) => end + size, first) + 1;
    if (kind === 'gone' || kind === 'damaged') yield { raw, kind };
    else {
      yield {
        raw,
        kind,
        open(take) {
          let from = first;
          for (const [index, id, keyId, size] of records) take(bytes, from, (from += size), index, id, keyId);
          return opened;
        },
      };
    }
  }
}

/** Brackets, commas, quotes, and three numbers. */
const RECORD_BYTES_MAX = 64;

/** `[index,id,"key",bytes]`, behind a comma where it is not the first. As bytes: a text for each would be garbage at once. */
function writeRecord(records: ByteSink, index: number, id: RecordId, keyId: string, size: number): void {
  const text = typeof id === 'string' ? idJson(id) : '';
  records.reserve(RECORD_BYTES_MAX + 3 * (keyId.length + text.length));
  const { bytes } = records;
  let at = records.used;
  if (at > 0) bytes[at++] = COMMA;
  bytes[at] = OPEN_BRACKET;
  at = writeDigits(bytes, index, at + 1);
  bytes[at] = COMMA;
  if (typeof id === 'number') at = writeDigits(bytes, id, at + 1);
  else at += 1 + bytes.write(text, at + 1);
  bytes[at] = COMMA;
  bytes[at + 1] = QUOTE;
  at += 2;
  at += writeLatin1(bytes, keyId, at, keyId.length);
  bytes[at] = QUOTE;
  bytes[at + 1] = COMMA;
  at = writeDigits(bytes, size, at + 2);
  bytes[at] = CLOSE_BRACKET;
  records.used = at + 1;
}
