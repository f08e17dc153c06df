import assert from 'node:assert/strict';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Hour } from '../../../src/dataset/hour.js';
import { decodeDefinition, definitionHash } from '../../../src/dataset/definition.js';
import { auditLake } from '../../../src/inspect/verify/audit-lake.js';
import { diffHours } from '../../../src/inspect/verify/diff-hours.js';
import { definitionKey, definitionPrefix, tableKey } from '../../../src/lake/keys.js';
import { DEMO_KEY } from '../../../examples/source-server/index.js';
import { fernlake } from '../../commands/fernlake.js';
import { LOG_FORM, logForm } from '../../support/forms.js';
import { Bench, DATASET, envelope, envelopes, HOUR_13, HOUR_14, MINUTE, T13 } from '../bench.js';

const CART = '/api/cart/';
const GROWN = logForm({ urls: [CART] });
const KEY = definitionKey(DATASET, LOG_FORM.definition);

describe('the definition of a lake’s rows', function () {
  this.timeout(60_000);
  let bench: Bench;
  let grown: Bench;
  beforeEach(async () => {
    bench = await Bench.open();
    grown = bench.with({ form: GROWN });
  });
  afterEach(() => bench.close());

  const findings = async (form = LOG_FORM) => {
    const { storage, deps } = bench;
    return (await auditLake({ storage, dataset: DATASET, ring: await deps.keyRing(), form })).findings;
  };
  const cart = (id: number, eventMs: number): object => envelope(id, eventMs, { url: CART });
  const urlsOf = async (hour: Hour): Promise<string[]> =>
    (await bench.rows(hour)).map((row) => (JSON.parse(row) as { url: string }).url);

  it('lies in the lake from the first seal on, under the hash of its bytes, and every ledger names it', async () => {
    await bench.archiveAndCarry(T13 + MINUTE, envelopes(1, 3, T13));
    assert.deepEqual(await bench.keys(definitionPrefix(DATASET)), []);
    await bench.seal(HOUR_13);
    assert.deepEqual(await bench.keys(definitionPrefix(DATASET)), [KEY]);
    const { body, etag } = await bench.storage.get(KEY);
    assert.equal(definitionHash(body), LOG_FORM.definition);
    assert.deepEqual(decodeDefinition(body.toString()), LOG_FORM.declaration);
    assert.equal((await bench.ledger(HOUR_13)).definition, LOG_FORM.definition);
    await bench.archiveAndCarry(T13 + 2 * MINUTE, envelopes(3, 5, T13 + 2_000), 'later');
    await bench.seal(HOUR_13);
    assert.equal((await bench.storage.get(KEY)).etag, etag);
    assert.deepEqual(await findings(), []);
  });

  it('that is gone or damaged is a finding, and the next seal puts it back', async () => {
    await bench.archiveAndCarry(T13 + MINUTE, envelopes(1, 3, T13));
    await bench.seal(HOUR_13);
    const { body } = await bench.storage.get(KEY);
    const harms: [RegExp, () => Promise<unknown>][] = [
      [/^is gone; 1 ledger names it\./, () => bench.storage.delete([KEY])],
      [/^is damaged: its bytes are not/, () => bench.storage.put(KEY, Buffer.from('{}'))],
      [/^is damaged: its bytes are not/, () => bench.storage.put(KEY, body.subarray(0, -1))],
    ];
    for (const [what, harm] of harms) {
      await harm();
      // Whatever is declared today: it is the lake that lacks it.
      for (const form of [LOG_FORM, GROWN]) {
        const found = (await findings(form)).filter(({ where }) => where === KEY);
        assert.equal(found.length, 1);
        assert.match(found[0]!.what, what);
      }
      await bench.seal(HOUR_13, { rebuild: true });
      assert.deepEqual((await bench.storage.get(KEY)).body, body);
      assert.deepEqual(await findings(), []);
    }
    await bench.storage.put(`${definitionPrefix(DATASET)}notes.txt`, Buffer.from('x'));
    assert.deepEqual(await findings(), [
      { where: `${definitionPrefix(DATASET)}notes.txt`, what: 'does not belong among the definitions' },
    ]);
  });

  it('is one for an hour: segments and rows of another are computed again, and verify follows each hour’s own', async () => {
    await bench.archiveAndCarry(T13 + MINUTE, [cart(1, T13), envelope(2, T13 + 1_000)]);
    await bench.seal(HOUR_13);
    assert.deepEqual(await urlsOf(HOUR_13), [`=${CART}`, '1']);
    // Carried by the former declaration, sealed by the new one; and an answer that two hours of two definitions share.
    await bench.archiveAndCarry(
      T13 + 61 * MINUTE,
      [envelope(2, T13 + 1_000), cart(3, T13 + 60 * MINUTE)],
      'b',
    );
    await bench.seal(HOUR_13);
    await grown.archiveAndCarry(T13 + 62 * MINUTE, [cart(4, T13 + 61 * MINUTE)], 'c');
    await grown.seal(HOUR_14);
    assert.deepEqual(await urlsOf(HOUR_14), ['2', '2']);
    assert.deepEqual(
      [(await bench.ledger(HOUR_13)).definition, (await bench.ledger(HOUR_14)).definition],
      [LOG_FORM.definition, GROWN.definition],
    );
    for (const form of [LOG_FORM, GROWN]) assert.deepEqual(await findings(form), []);
    // A late record of the old hour.
    await grown.archiveAndCarry(T13 + 63 * MINUTE, [cart(5, T13 + 2_000)], 'd');
    await grown.seal(HOUR_13);
    assert.deepEqual(await urlsOf(HOUR_13), ['2', '1', '2']);
    assert.equal((await bench.ledger(HOUR_13)).definition, GROWN.definition);
    for (const form of [LOG_FORM, GROWN]) assert.deepEqual(await findings(form), []);
  });

  it('is what reprocess --diff names first, and what reprocess renews without a new revision', async () => {
    await bench.archiveAndCarry(T13 + MINUTE, envelopes(1, 3, T13));
    await bench.seal(HOUR_13);
    const diffs = [];
    for await (const diff of diffHours(grown.deps, DATASET, null, null, true)) diffs.push(diff);
    assert.deepEqual(diffs, [
      {
        hour: HOUR_13,
        changed: true,
        rows: { added: 0, removed: 0, changed: 0 },
        ledger: [`definition: the ledger says "${LOG_FORM.definition}", the archive "${GROWN.definition}"`],
      },
    ]);
    await grown.seal(HOUR_13, { rebuild: true });
    const { definition, revision } = await bench.ledger(HOUR_13);
    assert.deepEqual([definition, revision], [GROWN.definition, 1]);
  });

  describe('needs no setting to read', () => {
    let uri: string;
    beforeEach(async () => {
      uri = pathToFileURL(path.join(bench.dir, 'lake')).href;
      await grown.archiveAndCarry(T13 + MINUTE, [cart(1, T13), envelope(2, T13 + 1_000)]);
      await grown.seal(HOUR_13);
    });
    const run = (args: readonly string[], env: Readonly<Record<string, string>> = {}) =>
      fernlake(args, { cwd: bench.dir, env });

    it('for verify, decode, query, sizes, ddl and schema', async () => {
      const verified = await run(['verify', '--lake', uri]);
      assert.deepEqual([verified.code, verified.stderr], [0, '']);
      const file = path.join(bench.dir, 'lake', tableKey(DATASET, HOUR_13));
      const decoded = await run(['decode', file]);
      assert.deepEqual([decoded.code, decoded.stderr], [0, '']);
      assert.match(decoded.stdout, /"url":"\/api\/cart\/"/);
      const body = (await bench.storage.get(tableKey(DATASET, HOUR_13))).body;
      const piped = await fernlake(['decode', '-', '--lake', uri], { cwd: bench.dir, input: body });
      assert.equal(piped.stdout, decoded.stdout);
      const sql = 'SELECT url FROM logs ORDER BY record_id';
      const asked = await run(['query', sql, '--format', 'csv', '--lake', uri]);
      assert.equal(asked.stdout, `url\n${CART}\n/api/products/product/\n`);
      assert.equal((await run(['sizes', '--lake', uri])).code, 0);
      assert.match((await run(['ddl', 'duckdb', '--lake', uri])).stdout, /\/api\/cart\//);
      assert.equal((await run(['schema', '--lake', uri])).code, 0);
    });

    it('and shows a column that is declared since, before anything is sealed with it', async () => {
      const sql = 'SELECT url, score FROM logs ORDER BY record_id';
      const args = ['query', sql, '--format', 'csv', '--lake', uri];
      assert.equal(
        (await run(args, { FERNLAKE_FIELDS: 'score:number' })).stdout,
        `url,score\n${CART},\n/api/products/product/,\n`,
      );
      assert.equal((await run(args)).code, 2);
    });

    it('and is not written to by a declaration that its rows could not bear: exit 2, every reason at once', async () => {
      const env = {
        FERNLAKE_LAKE: uri,
        FERNET_KEYS: DEMO_KEY,
        FERNLAKE_SOURCE_URL: 'http://127.0.0.1:9/log',
      };
      for (const command of [['worker'], ['reprocess', '--diff'], ['quarantine', 'redrive', '--dry-run']]) {
        const { code, stderr } = await run(command, { ...env, FERNLAKE_ZONE: 'Europe/Berlin' });
        assert.equal(code, 2, command.join(' '));
        assert.match(stderr, /event_time.zone was UTC, and is Europe\/Berlin\. Refused: /);
        assert.match(
          stderr,
          /the dictionary of url had "\/api\/cart\/" in place 2, and has nothing there\. Refused: /,
        );
      }
      const { code } = await run(['reprocess', '--diff'], { ...env, FERNLAKE_URLS: `${CART},/api/new/` });
      assert.equal(code, 0);
    });
  });
});
