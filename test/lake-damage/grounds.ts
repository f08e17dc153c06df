import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import pMap from 'p-map';
import { openStorage } from '../../src/storage/open.js';
import { useAwsEnv } from '../support/aws-env.js';
import { keysUnder, tempLake } from '../support/lake.js';
import type { S3Server } from '../support/s3-server.js';
import type { Ground } from './play.js';

export const FOLDERS: Ground = {
  async open(objects) {
    const lake = await tempLake();
    const { dir, storage } = lake;
    for (const [key, bytes] of objects) {
      const file = path.join(dir, key);
      await mkdir(path.dirname(file), { recursive: true });
      await writeFile(file, bytes);
    }
    return { storage, remove: () => Promise.resolve(lake.remove()) };
  },
  close: async () => {},
};

/** Each lake under a prefix of its own. Sets the AWS variables of this process until it is closed. */
export function onServer(server: S3Server): Ground {
  const restore = useAwsEnv(server.env);
  let lakes = 0;
  return {
    async open(objects) {
      lakes += 1;
      const storage = await openStorage(`s3://${server.bucket}/lake-${lakes}`, { forcePathStyle: true });
      await pMap(objects, ([key, bytes]) => storage.put(key, bytes), { concurrency: 8 });
      return { storage, remove: async () => await storage.delete(await keysUnder(storage, '')) };
    },
    async close() {
      restore();
      await server.stop();
    },
  };
}
