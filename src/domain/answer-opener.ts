import { Buffer } from 'node:buffer';
import { writeLatin1 } from './buffer-write.js';
import { ByteSink } from './byte-sink.js';
import { writeDigits } from './digits.js';
import { CLOSE_LIST, COMMA, OPEN_LIST, QUOTE } from './literal-codes.js';
import { type KeyRing, openTokens, type TokenSink } from './fernet.js';
import { readEnvelope } from './envelope.js';
import type { StagedRefusal } from './staged-form.js';

export interface Opened {
  readonly records: number;
  readonly undecryptable: number;
}

/** Opens every token of an archived answer and writes the answer in its decrypted form. One bad record never stops the others. */
export class AnswerOpener {
  #plain = Buffer.allocUnsafeSlow(64 * 1024);
  readonly #heads = new ByteSink(8 * 1024);

  constructor(private readonly ring: KeyRing) {}

  open(raw: string, envelopes: readonly unknown[], context: boolean, out: ByteSink): Opened {
    const refusals: StagedRefusal[] = [];
    const [ids, indexes, tokens]: [number[], number[], string[]] = [[], [], []];
    let room = 0;
    for (let index = 0; index < envelopes.length; index += 1) {
      const envelope = readEnvelope(envelopes[index]);
      if (!envelope.ok) refusals.push({ index, reason: envelope.reason, detail: envelope.detail });
      else {
        ids.push(envelope.id);
        indexes.push(index);
        tokens.push(envelope.token);
        room += envelope.token.length;
      }
    }
    const undecryptable: StagedRefusal[] = [];
    let records = 0;
    let used = 0;
    const plain = this.#room(room);
    const heads = this.#heads;
    heads.used = 0;
    const sink: TokenSink = {
      plain(at, bytes, from, end, keyId) {
        const size = bytes.copy(plain, used, from, end);
        used += size;
        records += 1;
        writeHead(heads, indexes[at]!, ids[at]!, keyId, size);
      },
      refuse(at, detail) {
        undecryptable.push({ index: indexes[at]!, reason: 'undecryptable', detail });
      },
    };
    openTokens(this.ring, tokens, sink);
    refusals.push(...undecryptable.sort((a, b) => a.index - b.index));
    const mark = context ? ',"context":true' : '';
    out.text(`{"raw":${JSON.stringify(raw)}${mark},"records":[`);
    out.copy(heads.bytes, 0, heads.used);
    out.text(`],"refusals":${JSON.stringify(refusals)}}\n`);
    out.copy(plain, 0, used);
    out.text('\n');
    return { records, undecryptable: undecryptable.length };
  }

  #room(sizeBytes: number): Buffer {
    if (sizeBytes > this.#plain.length) this.#plain = Buffer.allocUnsafeSlow(sizeBytes * 2);
    return this.#plain;
  }
}

/** Brackets, commas, quotes, and three numbers. */
const HEAD_BYTES_MAX = 64;

/** `[index,id,"key",bytes]`, behind a comma where it is not the first. As bytes: a text for each would be garbage at once. */
function writeHead(heads: ByteSink, index: number, id: number, keyId: string, size: number): void {
  heads.reserve(HEAD_BYTES_MAX + 3 * keyId.length);
  const { bytes } = heads;
  let at = heads.used;
  if (at > 0) bytes[at++] = COMMA;
  bytes[at] = OPEN_LIST;
  at = writeDigits(bytes, index, at + 1);
  bytes[at] = COMMA;
  at = writeDigits(bytes, id, at + 1);
  bytes[at] = COMMA;
  bytes[at + 1] = QUOTE;
  at += 2;
  at += writeLatin1(bytes, keyId, at, keyId.length);
  bytes[at] = QUOTE;
  bytes[at + 1] = COMMA;
  at = writeDigits(bytes, size, at + 2);
  bytes[at] = CLOSE_LIST;
  heads.used = at + 1;
}
