import type { Activities } from '../../src/activities/index.js';
import type { Hour } from '../../src/dataset/hour.js';
import { stagingPrefix } from '../../src/lake/keys.js';

/** Of an answer with thousands of hours the first ones are sealed; the others wait as segments, as they would for a later slot. */
const SEALED_MAX = 300;

/** What etl and sealHour do with one answer, in their order, without the waiting in between. Throws what the poll threw. */
export async function carryAnswer(activities: Activities, dataset: string): Promise<void> {
  let name: string | undefined;
  try {
    const fetched = await activities.fetch({ dataset, afterId: null });
    if (fetched.observation.records > 0) name = fetched.name;
  } catch (error) {
    // It may have been archived before it was judged.
    name = (error as { details?: { raw?: string }[] }).details?.[0]?.raw;
    if (name !== undefined) await carryOne(activities, dataset, name);
    throw error;
  }
  if (name !== undefined) await carryOne(activities, dataset, name);
}

async function carryOne(activities: Activities, dataset: string, name: string): Promise<void> {
  const staging = stagingPrefix(dataset, 'run');
  const scratch = { dataset, staging };
  const { decrypted } = await activities.decrypt({ ...scratch, raws: [name] });
  const { compacted } = await activities.compact({ ...scratch, decrypted });
  const { bundle, hours } = await activities.partition({
    ...scratch,
    compacted,
    slot: '20230420T130000.000Z',
    n: 0,
  });
  await activities.upload({ dataset, ...(await activities.gzip({ ...scratch, bundle })) });
  for (const hour of hours.slice(0, SEALED_MAX)) await sealHour(activities, dataset, hour);
  await activities.sweep({ ...scratch, olderThanMs: 0 });
}

async function sealHour(activities: Activities, dataset: string, hour: Hour): Promise<void> {
  const scratch = { dataset, staging: stagingPrefix(dataset, `seal-${hour}`) };
  const merged = await activities.merge({ ...scratch, hour, contiguousIds: false });
  const packed = await activities.gzip({ ...scratch, rows: merged.rows });
  const { object } = await activities.upload({ dataset, ...packed });
  const sealedAt = '2023-04-20T15:00:00.000Z';
  await activities.settle({ ...scratch, hour, draft: merged.draft, object, sealedAt });
}
