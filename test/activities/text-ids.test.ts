import assert from 'node:assert/strict';
import { createKeyRing } from '../../src/dataset/fernet-keys.js';
import type { Hour } from '../../src/dataset/hour.js';
import { auditLake } from '../../src/inspect/verify/audit-lake.js';
import { hashesUnder } from '../support/lake.js';
import { textElement, textForm } from '../support/text-ids.js';
import { EntryTable } from '../../src/activities/compact/entry-table.js';
import { WindowCompactor } from '../../src/activities/compact/window-compactor.js';
import { answerOf } from '../../src/activities/decrypt/open-answer.js';
import { recordIdOf } from '../../src/lake/row-id.js';
import { ledgerKey } from '../../src/lake/keys.js';
import { createHttpSource } from '../../src/activities/fetch/http.js';
import { createSourceServer, DEMO_KEY } from '../../examples/source-server/index.js';
import { Bench, DATASET, HOUR_12, HOUR_13, HOUR_14, MINUTE, T13 } from './bench.js';

const HOURS = [HOUR_12, HOUR_13, HOUR_14];
/** Ids of every awkward kind, in no order. */
const AWKWARD: readonly string[] = [
  ...[
    '9',
    '10',
    '010',
    '9223372036854775807',
    '9223372036854775808',
    'a',
    'aa',
    'a b',
    'A',
    '\u00e9',
    'e\u0301',
  ],
  ...[
    '\u{ffff}',
    '\u{10000}',
    '😀',
    '"',
    '\\',
    '\n',
    ',',
    '\u0000',
    "it's",
    '{"record_id":1}',
    '[1,2',
    '1,0,0',
  ],
  ...['x'.repeat(1_024), `${'x'.repeat(1_023)}y`, 'é'.repeat(512), '\u0001'.repeat(1_024)],
];
const UUIDS: readonly string[] = Array.from(
  { length: 40 },
  (_, i) => `${((i * 2654435761) >>> 0).toString(16).padStart(8, '0')}-0000-4000-8000-000000000000`,
);

const inOrder = (ids: readonly string[]): string[] =>
  [...ids].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));

/** A source without an order: event times and ids have nothing to do with each other, windows overlap by half, two conflicts. */
function lakeOf(ids: readonly string[]) {
  const timeOf = (i: number): number => T13 - 30 * MINUTE + ((i * 37) % 120) * MINUTE;
  const records = ids.map((id, i) => textElement(id, timeOf(i), i));
  const windows: object[][] = [];
  for (let at = 0; at < records.length; at += 5) windows.push(records.slice(Math.max(0, at - 5), at + 5));
  // Shown again by the last answer: two with other content, one as it was.
  const changed = { activity: 'changed since' };
  windows.push([
    textElement(ids[0]!, timeOf(0), 0, changed),
    records[1]!,
    textElement(ids[2]!, timeOf(2), 2, changed),
  ]);
  const hourOf = (i: number): Hour => new Date(timeOf(i)).toISOString().slice(0, 13) as Hour;
  const expected = new Map(HOURS.map((hour) => [hour, inOrder(ids.filter((_, i) => hourOf(i) === hour))]));
  return { windows, expected, seen: windows.flat().length };
}

describe('a lake whose ids are text', function () {
  this.timeout(60_000);
  let bench: Bench;
  afterEach(() => bench.close());

  const rowIds = async (hour: Hour, form: ReturnType<typeof textForm>): Promise<unknown[]> =>
    (await bench.rows(hour)).map((row) => recordIdOf(row, form));

  for (const [name, ids, compact] of [
    ['of every awkward kind', AWKWARD, null],
    ['UUIDs', UUIDS, null],
    ['UUIDs in their compact form', UUIDS, 'hex'],
  ] as const) {
    it(`lands each record once, in the order of UTF-8, and verifies: ${name}`, async () => {
      const form = textForm(compact);
      bench = await Bench.open({ form });
      const { windows, expected, seen } = lakeOf(ids);
      const raws: string[] = [];
      for (const [n, window] of windows.entries()) {
        raws.push(await bench.archive(T13 + 2 * 3_600_000 + n * MINUTE, window));
        // Two batches before the first seal; what comes behind it is late.
        if (n === 2) await bench.carry(raws.slice(0, 3), 'slot', 0);
        if (n === 3) {
          await bench.carry(raws.slice(3), 'slot', 1);
          await bench.sealAll(HOURS, false);
        }
      }
      await bench.carry(raws.slice(4), 'slot', 2);
      await bench.sealAll(HOURS, false);

      let counted = 0;
      for (const hour of HOURS) {
        const ledger = await bench.ledger(hour);
        const landed = expected.get(hour)!;
        assert.deepEqual(await rowIds(hour, form), landed);
        assert.deepEqual(
          [ledger.landed, ledger.ids.first, ledger.ids.last, ledger.ids.missing, ledger.complete],
          [landed.length, landed[0], landed.at(-1), [], 1],
        );
        counted += ledger.seen;
      }
      assert.equal(counted, seen);
      const conflicts = (await bench.quarantined()).map(({ reason }) => reason);
      assert.deepEqual(conflicts, ['conflicting-duplicate', 'conflicting-duplicate']);
      const ring = createKeyRing([DEMO_KEY]);
      const report = await auditLake({ storage: bench.storage, dataset: DATASET, ring, form });
      assert.deepEqual(report.findings, []);

      // From the archive alone: the same bytes.
      const before = await hashesUnder(bench.storage, `${DATASET}/`);
      for (const hour of HOURS) await bench.seal(hour, { contiguousIds: false, rebuild: true });
      assert.deepEqual(await hashesUnder(bench.storage, `${DATASET}/`), before);
      // And where ledger and segments are lost, too.
      await bench.storage.delete([ledgerKey(DATASET, HOUR_13)]);
      await bench.seal(HOUR_13, { contiguousIds: false });
      assert.deepEqual(await hashesUnder(bench.storage, `${DATASET}/`), before);
    });
  }

  it('makes rows by template where ids are plain, and by the same rules', async () => {
    bench = await Bench.open();
    const form = textForm('hex');
    const body = Buffer.from(JSON.stringify(UUIDS.map((id, i) => textElement(id, T13, i))));
    const compactor = new WindowCompactor(form);
    const table = new EntryTable();
    const ring = createKeyRing([DEMO_KEY]);
    const name = `20230420T140000.000Z-0123456789ab`;
    compactor.compact(answerOf(ring, form.answers, name, body), table);
    assert.deepEqual(
      Array.from({ length: table.count }, (_, i) => table.idOf(i)),
      UUIDS,
    );
    assert.equal(compactor.readOneByOne, 1);
    // Another id than the element's is refused, template or not.
    const wrong = { ...textElement(UUIDS[0]!, T13, 0), recordId: UUIDS[1]! };
    const { refusals } = compactor.compact(
      answerOf(ring, form.answers, name, Buffer.from(JSON.stringify([wrong]))),
      table,
    );
    assert.deepEqual(
      refusals.map(({ reason }) => reason),
      ['id-mismatch'],
    );
  });

  it('counts what is new in a window by its set of ids, and says where nothing of the one before is left', async () => {
    let window: object[] = [];
    const api = await createSourceServer({ mutate: () => window });
    try {
      const form = textForm(null);
      bench = await Bench.open({ form, source: createHttpSource({ url: api.url }, form.answers) });
      const poll = async (ids: readonly string[], afterAnswer?: string) => {
        window = ids.map((id, i) => textElement(id, T13, i));
        const input = { dataset: DATASET, afterId: null, ...(afterAnswer ? { afterAnswer } : {}) };
        return await bench.activities.fetch(input);
      };
      const facts = ({
        observation: { oldestId, newestId, fresh, texts },
      }: Awaited<ReturnType<typeof poll>>) => [...[oldestId, newestId, fresh, texts?.shown, texts?.overlaps]];
      const first = await poll(['b', 'a', 'a']);
      assert.deepEqual(facts(first), [null, null, 2, 2, null]);
      const next = await poll(['c', 'b'], first.name);
      assert.deepEqual(facts(next), [null, null, 1, 2, true]);
      // By another worker, which has to read the answer back; and after one that nobody has any more.
      bench = bench.with({});
      assert.deepEqual(facts(await poll(['e', 'd'], next.name)), [null, null, 2, 2, false]);
      assert.deepEqual(facts(await poll(['e'], `${next.name.slice(0, -12)}000000000000`)), [
        null,
        null,
        1,
        1,
        null,
      ]);
      assert.ok(!JSON.stringify(next).includes('"c"'));
    } finally {
      await api.close();
    }
  });
});
