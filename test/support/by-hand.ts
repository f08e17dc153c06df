import { createHash } from 'node:crypto';
import {
  createMint,
  DEMO_KEY,
  type Envelope,
  pythonRepr,
  type SampleRecord,
} from '../../examples/source-server/index.js';
import { createActivities } from '../../src/activities/index.js';
import type { ActivityDeps } from '../../src/activities/deps.js';
import { gzip } from '../../src/bytes/gzip.js';
import { rawKey, rawName, stagingPrefix } from '../../src/lake/keys.js';

const mint = createMint(DEMO_KEY);
/** Tokens of one text at one time differ all the same: their IV is random. */
const MINTED_MS = Date.parse('2023-06-01T00:00:00.000Z');

export function sampleRecord(id: number, inDate: string, activity = 'view'): SampleRecord {
  return {
    user_id: createHash('sha256').update(`user ${id}`).digest('hex'),
    record_id: id,
    activity,
    url: '/api/products/product/',
    method: 'POST',
    name: 'json_logger',
    inDate,
    detail: { message: `POST ${activity}`, levelname: 'INFO' },
  };
}

/** Records with the ids `from` to `to`, a second apart from `inDate` on. */
export function sampleRecords(from: number, to: number, inDate: string): SampleRecord[] {
  const startMs = Date.parse(inDate);
  return Array.from({ length: to - from + 1 }, (_, i) =>
    sampleRecord(from + i, new Date(startMs + i * 1000).toISOString()),
  );
}

export function envelopeOf(record: SampleRecord): Envelope {
  return {
    recordId: record.record_id,
    ArrivalTimeStamp: Date.parse(record.inDate) / 1000,
    data: mint(pythonRepr(record), MINTED_MS),
  };
}

/** An answer with these records in the archive, as a fetch at `atMs` would have left it; gives back its raw name. */
export async function archive(
  { storage }: ActivityDeps,
  dataset: string,
  records: readonly SampleRecord[],
  atMs: number,
): Promise<string> {
  const body = Buffer.from(JSON.stringify(records.map(envelopeOf)));
  const name = rawName(atMs, createHash('sha256').update(body).digest('hex'));
  await storage.put(rawKey(dataset, name), await gzip(body));
  return name;
}

/** Makes segments of archived answers with the real activities, without any workflow. */
export async function carryByHand(
  deps: ActivityDeps,
  dataset: string,
  raws: readonly string[],
  slot: string,
): Promise<void> {
  const activities = createActivities(() => deps);
  const scratch = { dataset, staging: stagingPrefix(dataset, `hand-${slot}`) };
  const { decrypted } = await activities.decrypt({ ...scratch, raws });
  const { compacted } = await activities.compact({ ...scratch, decrypted });
  const { bundle } = await activities.partition({ ...scratch, compacted, slot, n: 0 });
  await activities.upload({ dataset, ...(await activities.gzip({ ...scratch, bundle })) });
  await activities.sweep({ ...scratch, olderThanMs: 86_400_000 });
}
