import type { Buffer } from 'node:buffer';
import { writeLatin1 } from '../../bytes/buffer-write.js';
import { ByteSink } from '../../bytes/byte-sink.js';
import { writeDigits } from '../../bytes/digits.js';
import { CLOSE_LIST, COMMA, OPEN_LIST, QUOTE } from '../../bytes/ascii.js';
import type { KeyRing } from '../../dataset/fernet-keys.js';
import { openTokens, type TokenSink } from './fernet.js';
import { readEnvelope } from '../../dataset/envelope.js';
import type { StagedRefusal } from './staged-form.js';

export interface Opened {
  readonly records: number;
  readonly undecryptable: number;
}

/** What becomes of each record of an answer: `bytes` from `from` to `end` are used again once this returns. In order. */
export type TakePlain = (
  bytes: Buffer,
  from: number,
  end: number,
  index: number,
  id: number,
  keyId: string,
) => void;

/** Opens every token of an archived answer. One bad record never stops the others: what has none is refused. */
export function openAnswer(ring: KeyRing, envelopes: readonly unknown[], take: TakePlain): StagedRefusal[] {
  const refusals: StagedRefusal[] = [];
  const [ids, indexes, tokens]: [number[], number[], string[]] = [[], [], []];
  for (let index = 0; index < envelopes.length; index += 1) {
    const envelope = readEnvelope(envelopes[index]);
    if (!envelope.ok) refusals.push({ index, reason: envelope.reason, detail: envelope.detail });
    else {
      ids.push(envelope.id);
      indexes.push(index);
      tokens.push(envelope.token);
    }
  }
  const undecryptable: StagedRefusal[] = [];
  const sink: TokenSink = {
    plain: (at, bytes, from, end, keyId) => take(bytes, from, end, indexes[at]!, ids[at]!, keyId),
    refuse: (at, detail) => void undecryptable.push({ index: indexes[at]!, reason: 'undecryptable', detail }),
  };
  openTokens(ring, tokens, sink);
  return [...refusals, ...undecryptable.sort((a, b) => a.index - b.index)];
}

export const countUndecryptable = (refusals: readonly StagedRefusal[]): number =>
  refusals.reduce((count, { reason }) => count + Number(reason === 'undecryptable'), 0);

/** Writes archived answers in their decrypted form. */
export class AnswerOpener {
  readonly #plain = new ByteSink();
  readonly #heads = new ByteSink(8 * 1024);

  constructor(private readonly ring: KeyRing) {}

  open(raw: string, envelopes: readonly unknown[], context: boolean, out: ByteSink): Opened {
    const [plain, heads] = [this.#plain, this.#heads];
    let records = 0;
    plain.used = 0;
    heads.used = 0;
    const refusals = openAnswer(this.ring, envelopes, (bytes, from, end, index, id, keyId) => {
      plain.copy(bytes, from, end);
      writeHead(heads, index, id, keyId, end - from);
      records += 1;
    });
    const mark = context ? ',"context":true' : '';
    out.text(`{"raw":${JSON.stringify(raw)}${mark},"records":[`);
    out.copy(heads.bytes, 0, heads.used);
    out.text(`],"refusals":${JSON.stringify(refusals)}}\n`);
    out.copy(plain.bytes, 0, plain.used);
    out.text('\n');
    return { records, undecryptable: countUndecryptable(refusals) };
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
