import { LOG_FORM } from '../support/forms.js';
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import fernet from 'fernet';
import { answersOf, type DatasetName, specOf } from '../../bench/data/datasets.js';
import { mintTokens } from '../../bench/data/mint.js';
import { mintPart, type Minted } from '../../bench/data/mint-part.js';
import { canonicalOf, plaintextOf, recordAt } from '../../bench/data/record.js';
import { type Content, ContentHash } from '../../bench/support/content-hash.js';
import { DEMO_KEY, type Envelope, type SampleRecord } from '../../examples/source-server/index.js';
import { decodeRow } from '../../src/dataset/decode.js';
import { createKeyRing } from '../../src/dataset/fernet-keys.js';
import { decryptTokens } from '../../src/activities/decrypt/fernet.js';
import { arrivalMs, rawNameOf } from '../../src/lake/keys.js';
import { readRecord } from '../../src/dataset/record.js';

const EVENT_MS = Date.parse('2026-03-02T00:00:01.250Z');
const AT = { mintedSec: EVENT_MS / 1_000, noise: 'a test' };

describe('the data of the benches', () => {
  let dir: string;
  beforeEach(() => void (dir = mkdtempSync(path.join(os.tmpdir(), 'fernlake-mint-'))));
  afterEach(() => rmSync(dir, { recursive: true, force: true }));

  it('are tokens that the fernet package opens, too, each with an IV of its own', () => {
    const texts = ['', 'x', 'a text of just 32 bytes, no more', plaintextOf(recordAt(8, 400, EVENT_MS))];
    const tokens = mintTokens(DEMO_KEY, texts, AT);
    const secret = new fernet.Secret(DEMO_KEY);
    assert.deepEqual(
      tokens.map((token) => new fernet.Token({ secret, token, ttl: 0 }).decode()),
      texts,
    );
    const ivs = tokens.map((token) => Buffer.from(token, 'base64url').toString('hex', 9, 25));
    assert.equal(new Set(ivs).size, texts.length);
  });

  it('have the size of the capture: 484 characters a token', () => {
    const [token] = mintTokens(DEMO_KEY, [plaintextOf(recordAt(8, 0, EVENT_MS))], AT);
    assert.equal(token?.length, 484);
  });

  it('are the same bytes on every machine, and records that the pipeline takes', () => {
    const minted = mint('day-10k');
    assert.deepEqual(minted.content, { rows: 10_000, sum: '0571c9ada2c93883' });
    assert.equal(archived().length, answersOf(specOf('day-10k')));
    assert.deepEqual(landed(), minted.content);
  });

  it('count a record once that two answers show', () => {
    const minted = mint('day-1m-overlap', 5);
    assert.deepEqual([minted.tokens, minted.content.rows], [500, 300]);
    assert.deepEqual(landed(), minted.content);
  });

  function mint(name: DatasetName, to?: number): Minted {
    const spec = specOf(name);
    return mintPart({ spec, dir, from: 0, to: to ?? answersOf(spec) });
  }

  function archived(): string[] {
    const all = readdirSync(path.join(dir, 'lake'), { recursive: true, encoding: 'utf8' });
    return all.filter((name) => name.endsWith('.json.gz')).sort();
  }

  /** What the pipeline's own code makes of the archive, each id once. */
  function landed(): Content {
    const ring = createKeyRing([DEMO_KEY]);
    const hash = new ContentHash();
    const seen = new Set<number>();
    for (const file of archived()) {
      const body = gunzipSync(readFileSync(path.join(dir, 'lake', file)));
      const envelopes = JSON.parse(body.toString()) as Envelope[];
      const opened = decryptTokens(
        ring,
        envelopes.map(({ data }) => data),
      );
      envelopes.forEach(({ recordId }, i) => {
        if (seen.has(recordId)) return;
        seen.add(recordId);
        const outcome = opened[i];
        assert(outcome?.ok);
        const record = readRecord(outcome.plaintext, recordId, LOG_FORM, arrivalMs(rawNameOf(file)));
        assert(record.ok);
        hash.add(canonicalOf(JSON.parse(decodeRow(record.row, LOG_FORM)) as SampleRecord));
      });
    }
    return hash.content();
  }
});
