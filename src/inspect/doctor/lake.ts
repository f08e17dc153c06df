import { isFernlakeError } from '../../errors.js';
import { stagingPrefix } from '../../lake/keys.js';
import type { Condition, Storage } from '../../storage/port.js';
import { checkAccess, checkUploads } from './access.js';
import { attempt, type Check, failed, ok, skipped } from './check.js';

const PROBE = Buffer.from('written by the doctor');
const AGAIN = Buffer.from('written by the doctor, again');

/**
 * Writes, reads, lists and deletes a probe under staging/, which holds nothing that lasts, and tries every other right that
 * the pipeline needs without storing anything. `run` makes the keys unique.
 */
export async function checkLake(
  open: () => Promise<Storage>,
  dataset: string,
  run: string,
): Promise<Check[]> {
  const prefix = stagingPrefix(dataset, `doctor-${run}`);
  const key = `${prefix}probe`;
  let storage: Storage | undefined;
  const written = await attempt('lake: write', async () => {
    storage = await open();
    await storage.put(key, PROBE, { kind: 'absent' });
    const { body } = await storage.get(key);
    return body.equals(PROBE)
      ? ok('lake: write', `${storage.uri} takes an object and gives it back`)
      : failed(
          'lake: write',
          'what is read is not what was written',
          'look for a fault of the disk or store',
        );
  });
  const lake = storage;
  if (lake === undefined || written.state !== 'ok') {
    const others = ['lake: conditions', 'lake: list', 'lake: delete', 'lake: access'];
    return [written, ...others.map((name) => skipped(name, 'writing'))];
  }
  const conditional = await attempt('lake: conditions', () => conditions(lake, key));
  const { uploads } = lake;
  return [
    written,
    conditional,
    await attempt('lake: list', async () => {
      for await (const found of lake.list(prefix))
        if (found.key === key) return ok('lake: list', 'what was written is listed at once');
      return failed(
        'lake: list',
        'what was written is not listed',
        'use a store whose listings are consistent',
      );
    }),
    await attempt('lake: delete', async () => {
      await lake.delete([key]);
      return (await lake.head(key)) === undefined
        ? ok('lake: delete', 'the probe is gone again')
        : failed(
            'lake: delete',
            `${key} is still there`,
            'remove it by hand, and look for a policy on deletes',
          );
    }),
    conditional.state === 'ok'
      ? await attempt('lake: access', () => checkAccess(lake, dataset, run))
      : skipped('lake: access', 'a store that obeys conditions'),
    ...(uploads ? [await attempt('lake: uploads', () => checkUploads(uploads, dataset, run))] : []),
  ];
}

/** Two workers may want to write one hour at once: the store must refuse the second. */
async function conditions(storage: Storage, key: string): Promise<Check> {
  const name = 'lake: conditions';
  const refuses = async (condition: Condition): Promise<boolean> => {
    try {
      await storage.put(key, PROBE, condition);
      return false;
    } catch (error) {
      if (isFernlakeError(error, 'PreconditionFailed')) return true;
      throw error;
    }
  };
  const ignores = (header: string): Check =>
    failed(
      name,
      `the store ignores ${header}: two workers could overwrite each other`,
      'use a store with conditional writes (AWS S3 has them), or run one worker alone',
    );
  if (!(await refuses({ kind: 'absent' }))) return ignores('If-None-Match');
  const former = (await storage.head(key))?.etag ?? '';
  await storage.put(key, AGAIN, { kind: 'matches', etag: former });
  if (!(await refuses({ kind: 'matches', etag: former }))) return ignores('If-Match');
  return ok(name, 'of two writers at once, the second is refused');
}
