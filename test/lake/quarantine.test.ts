import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  addConflicts,
  decodeQuarantine,
  decodeQuarantineLine,
  encodeQuarantine,
  entryOf,
  quarantinedOf,
  replaceRefusals,
} from '../../src/lake/quarantine-entry.js';
import { LOG_FORM } from '../support/forms.js';
import type { Hour } from '../../src/dataset/hour.js';
import { QuarantineTally } from '../../src/lake/counts.js';
import { LIMITS } from '../../src/limits.js';
import { sha256Of } from '../../src/bytes/sha256.js';
import type { QuarantineEntry, QuarantineReason } from '../../src/dataset/reason.js';

const raw = '20230420T131500.000Z-aaaaaaaaaaaa';
const entry = (index: number, reason: QuarantineReason = 'wrong-type', detail = ''): QuarantineEntry => ({
  reason,
  detail,
  raw,
  index,
  envelope: { recordId: index, data: 'gAAA' },
});

describe('a quarantine object', () => {
  it('gives back what was put in, line breaks and hostile envelopes included', () => {
    const any: fc.Arbitrary<QuarantineEntry> = fc.record({
      reason: fc.constantFrom<QuarantineReason>('undecryptable', 'malformed-envelope'),
      detail: fc.string({ unit: 'binary' }),
      raw: fc.constant(raw),
      index: fc.nat(),
      envelope: fc.json().map((text) => JSON.parse(text) as unknown),
    });
    fc.assert(
      fc.property(fc.array(any), (entries) => {
        const text = encodeQuarantine(entries);
        assert.equal(text.split('\n').length, entries.length + 1);
        // By way of JSON: -0 is 0 there.
        assert.deepEqual(decodeQuarantine(text), JSON.parse(JSON.stringify(entries)));
      }),
    );
  });

  it('has its fields in the order of the design, in whatever order they came', () => {
    const { envelope, ...rest } = entry(3);
    assert.equal(
      encodeQuarantine([{ envelope, ...rest }]),
      `{"reason":"wrong-type","detail":"","raw":"${raw}","index":3,"envelope":{"recordId":3,"data":"gAAA"}}\n`,
    );
  });

  it('passes an envelope that names a prototype on as it is', () => {
    const envelope: unknown = JSON.parse('{"__proto__":{"polluted":1},"constructor":2}');
    const text = encodeQuarantine([{ ...entry(1), envelope }]);
    assert.ok(text.includes('{"__proto__":{"polluted":1},"constructor":2}'));
    assert.equal(({} as { polluted?: unknown }).polluted, undefined);
    assert.equal(encodeQuarantine(decodeQuarantine(text)), text);
  });

  it('tells the id of an API that names it otherwise beside the envelope, however large that is', () => {
    const answers = { ...LOG_FORM.answers, idField: 'uuid' };
    const textRecord = sha256Of(Buffer.from('"b@example.com"'));
    const records = [9, 'b@example.com', 'b@example.com'].map((uuid, index) => {
      const token = index === 1 ? 'x'.repeat(LIMITS.quarantineLineBytesMax) : `${index}`;
      return quarantinedOf(
        decodeQuarantineLine(encodeQuarantine([entryOf(entry(index), { uuid, token }, answers)]).trimEnd()),
        (text) => text,
      );
    });
    assert.deepEqual(
      records.map(({ id, record }) => [id, record]),
      [
        [9, 9],
        ['b@example.com', textRecord],
        ['b@example.com', textRecord],
      ],
    );
  });

  it('leaves a large envelope to the archive, and keeps its id', () => {
    const large = { recordId: 2, data: 'x'.repeat(LIMITS.quarantineLineBytesMax) };
    const [small, left] = decodeQuarantine(encodeQuarantine([entry(1), { ...entry(2), envelope: large }]));
    assert.deepEqual(small, entry(1));
    assert.deepEqual(left, { ...entry(2), envelope: { recordId: 2 } });
  });

  it('is counted by records, whatever their ids are: each once, however often it appeared', () => {
    const arrival = '2023-04-20T13' as Hour;
    const envelopes = [
      ...[1, 2, 2].map((recordId) => ({ recordId, data: 'x' })),
      ...['01M8HN5F4', '01M8HN5F5', '01M8HN5F5', '1'].map((recordId) => ({ recordId, data: 'x' })),
      ...['no envelope', 'no envelope', 'another'],
    ];
    const tally = new QuarantineTally();
    envelopes.forEach((envelope, index) =>
      tally.add(
        arrival,
        quarantinedOf({ ...entry(index), envelope }, (text) => text),
      ),
    );
    const { quarantinedRecords, quarantined } = tally.counts();
    assert.deepEqual([quarantinedRecords, quarantined], [7, 10]);
  });

  it('of one answer never has more than its readers take, though it refuses 50,000 records of 32 MiB', () => {
    const data = '\u0001'.repeat(LIMITS.bodyBytesMax / LIMITS.answerRecordsMax);
    const detail = 'd'.repeat(200);
    const entries = Array.from({ length: LIMITS.answerRecordsMax }, (_, index) => ({
      ...entry(index, 'wrong-type', detail),
      envelope: { recordId: index, data },
    }));
    const bytes = Buffer.byteLength(encodeQuarantine(entries));
    assert.ok(bytes < LIMITS.wholeBytesMax, `${bytes}`);
  });

  it('says what is none', () => assert.throws(() => decodeQuarantine('<html>'), SyntaxError));
});

describe("an answer's refusals, told again", () => {
  it('replace those that stand, so that what can land by now leaves; what the seal found stays', () => {
    const stored = [entry(7, 'conflicting-duplicate'), entry(2, 'undecryptable'), entry(3, 'undecryptable')];
    assert.deepEqual(replaceRefusals(stored, [entry(5), entry(2, 'undecryptable', 'new')]), [
      entry(2, 'undecryptable', 'new'),
      entry(5),
      entry(7, 'conflicting-duplicate'),
    ]);
    assert.deepEqual(replaceRefusals(stored, []), [entry(7, 'conflicting-duplicate')]);
  });

  it('get what the seal found added, by position', () => {
    const conflict = entry(4, 'conflicting-duplicate');
    assert.deepEqual(addConflicts([entry(9), entry(2)], [conflict]), [entry(2), conflict, entry(9)]);
  });

  it('are the same however often they are told', () => {
    const entries = fc.array(fc.nat({ max: 9 }).map((index) => entry(index)));
    fc.assert(
      fc.property(entries, entries, (a, b) => {
        const conflicts = b.map(({ index }) => entry(index, 'conflicting-duplicate'));
        const added = addConflicts(a, conflicts);
        assert.deepEqual(addConflicts(added, conflicts), added);
        const replaced = replaceRefusals(added, a);
        assert.deepEqual(replaceRefusals(replaced, a), replaced);
      }),
    );
  });
});
