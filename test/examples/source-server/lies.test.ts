import type { RecordId } from '../../../src/dataset/record-id.js';
import { LOG_FORM } from '../../support/forms.js';
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { createSourceServer, DEMO_KEY, type RequestContext } from '../../../examples/source-server/index.js';
import { CANARY, createStage, type Lie, LIES } from '../../../examples/source-server/lies.js';
import { createKeyRing } from '../../../src/dataset/fernet-keys.js';
import { decryptTokens } from '../../../src/activities/decrypt/fernet.js';
import { LIMITS } from '../../../src/limits.js';
import type { QuarantineReason } from '../../../src/dataset/reason.js';
import { readEnvelope } from '../../../src/dataset/envelope.js';
import { readRecord } from '../../../src/dataset/record.js';
import { diarySource } from '../../support/diary-source.js';
import { failing } from '../../activities/fetch/failing.js';

const KEY_RING = createKeyRing([DEMO_KEY]);
const MIB = 1024 * 1024;
const EVENT_MS = Date.parse('2023-04-20T13:30:00Z');

describe('the lies of the sample API', () => {
  it('are at least 40, each by a name of its own', () => {
    assert.ok(LIES.length >= 40, String(LIES.length));
    assert.equal(new Set(LIES.map((lie) => lie.name)).size, LIES.length);
  });

  for (const lie of LIES) {
    it(`${lie.name}: ${lie.serves}`, async function () {
      this.timeout(60_000);
      await serving(lie, async (url) => {
        const before = process.memoryUsage().rss;
        await (lie.expected.kind === 'failure' ? poll(url, lie, lie.expected) : take(url, lie.expected));
        const grownMib = (process.memoryUsage().rss - before) / MIB;
        assert.ok(grownMib < 300, `memory grew by ${grownMib} MiB`);
      });
    });
  }

  it('left no trace of having run', () => {
    assert.ok(!existsSync(CANARY));
    assert.equal(({} as Record<string, unknown>).polluted, undefined);
  });
});

async function serving(lie: Lie, test: (url: string) => Promise<void>): Promise<void> {
  const respond = ({ key, nowMs }: RequestContext): ReturnType<Lie['answer']> =>
    lie.answer(createStage({ key, nowMs, firstId: 5_000, eventMs: EVENT_MS }));
  const server = await createSourceServer({ respond });
  try {
    await test(server.url);
  } finally {
    await server.close();
  }
}

async function poll(url: string, lie: Lie, expected: Lie['expected'] & { kind: 'failure' }): Promise<void> {
  const error = await failing(diarySource({ url }).poll(), expected.code, expected.failure);
  assert.ok((error.retryAfterMs ?? 0) <= LIMITS.retryAfterMsMax);
  assert.ok(!/gAAAA/.test(error.message), `${lie.name}: a token in the message`);
}

/** What the pure part of the pipeline makes of the answer: for each record what the lie says. */
async function take(url: string, expected: Lie['expected'] & { kind: 'taken' }): Promise<void> {
  const { envelopes, fetchedAtMs } = await diarySource({ url }).poll();
  const rows = new Map<RecordId, string>();
  const quarantined: Partial<Record<QuarantineReason, number>> = {};
  let duplicates = 0;
  for (const verdict of judge(envelopes, fetchedAtMs)) {
    const conflict = 'row' in verdict && rows.has(verdict.id) && rows.get(verdict.id) !== verdict.row;
    if (conflict || 'reason' in verdict) {
      const reason = 'reason' in verdict ? verdict.reason : 'conflicting-duplicate';
      quarantined[reason] = (quarantined[reason] ?? 0) + 1;
    } else if (rows.has(verdict.id)) duplicates++;
    else rows.set(verdict.id, verdict.row);
  }
  const { kind } = expected;
  assert.deepEqual({ kind, landed: rows.size, duplicates, quarantined }, expected);
}

type Verdict = { readonly id: RecordId; readonly row: string } | { readonly reason: QuarantineReason };

/** All tokens of an answer are opened as one batch, as the pipeline does it. */
function judge(elements: readonly unknown[], arrivalMs: number): Verdict[] {
  const envelopes = elements.map((element) => readEnvelope(element, LOG_FORM.answers));
  const outcomes = decryptTokens(
    KEY_RING,
    envelopes.flatMap((envelope) => (envelope.ok ? [envelope.payload ?? ''] : [])),
  ).values();
  return envelopes.map((envelope): Verdict => {
    if (!envelope.ok) return { reason: envelope.reason };
    const opened = outcomes.next().value;
    if (!opened?.ok) return { reason: 'undecryptable' };
    const record = readRecord(opened.plaintext, envelope.id, LOG_FORM, arrivalMs);
    return record.ok ? { id: record.id, row: record.row } : { reason: record.reason };
  });
}
