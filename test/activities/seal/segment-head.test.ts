import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { storedSegment } from '../../../src/lake/segments.js';
import { once } from '../../../src/lake/streams.js';
import { gzipFast } from '../../../src/bytes/gzip.js';
import { rawName } from '../../../src/lake/keys.js';
import { decodeSegmentHeader, type SegmentHeader } from '../../../src/lake/segment.js';

describe('the head of a stored segment', () => {
  /** As a batch of so many answers writes it, with one entry of the first of them. */
  function textOf(answers: number): { header: SegmentHeader; text: string } {
    const sha256 = (n: number): string => createHash('sha256').update(String(n)).digest('hex');
    const raws = Array.from({ length: answers }, (_, n) => rawName(1_700_000_000_000 + n, sha256(n)));
    const line = JSON.stringify({ hour: '2023-11-14T22', raws, keys: ['0123abcd'] });
    return { header: decodeSegmentHeader(line), text: `${line}\n[7,0,0,0,19,{"record_id":7}]\n` };
  }
  const read = async (text: string, cut?: number) => {
    const packed = (await gzipFast(Buffer.from(text))).subarray(0, cut);
    return await storedSegment('segments/logs/x', () => once(packed));
  };

  it('is read from its first few KiB, and where it is longer, from as much as it takes', async () => {
    for (const answers of [1, 250, 5_000]) {
      const { header, text } = textOf(answers);
      const segment = await read(text);
      assert.deepEqual([segment.header, segment.firstId], [header, 7]);
    }
  });

  it('says of one without an entry that it comes last', async () => {
    const { text } = textOf(3);
    assert.equal((await read(text.slice(0, text.indexOf('\n') + 1))).firstId, Number.POSITIVE_INFINITY);
  });

  it('names the segment whose head is damaged', async () => {
    const named = { code: 'LakeCorrupt', message: /segments\/logs\/x/ };
    await assert.rejects(read(textOf(3).text, 30), named);
    await assert.rejects(read(''), named);
    await assert.rejects(read('no header\n[7]\n'), named);
    const notPacked = storedSegment('segments/logs/x', () => once(Buffer.from('nothing that gzip made')));
    await assert.rejects(notPacked, named);
  });
});
