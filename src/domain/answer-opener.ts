import { Buffer } from 'node:buffer';
import type { ByteSink } from './byte-sink.js';
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
    let heads = '';
    let records = 0;
    let used = 0;
    const plain = this.#room(room);
    const sink: TokenSink = {
      plain(at, bytes, from, end, keyId) {
        const size = bytes.copy(plain, used, from, end);
        used += size;
        records += 1;
        heads += `${heads === '' ? '' : ','}[${indexes[at]},${ids[at]},"${keyId}",${size}]`;
      },
      refuse(at, detail) {
        undecryptable.push({ index: indexes[at]!, reason: 'undecryptable', detail });
      },
    };
    openTokens(this.ring, tokens, sink);
    refusals.push(...undecryptable.sort((a, b) => a.index - b.index));
    const mark = context ? ',"context":true' : '';
    out.text(
      `{"raw":${JSON.stringify(raw)}${mark},"records":[${heads}],"refusals":${JSON.stringify(refusals)}}\n`,
    );
    out.copy(plain, 0, used);
    out.text('\n');
    return { records, undecryptable: undecryptable.length };
  }

  #room(sizeBytes: number): Buffer {
    if (sizeBytes > this.#plain.length) this.#plain = Buffer.allocUnsafeSlow(sizeBytes * 2);
    return this.#plain;
  }
}
