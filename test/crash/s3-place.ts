import { ListMultipartUploadsCommand } from '@aws-sdk/client-s3';
import { openStorage } from '../../src/storage/open.js';
import { awsEnv, useAwsEnv } from '../support/aws-env.js';
import { keysUnder } from '../support/lake.js';
import { ageObjects, ageUploads } from '../support/s3-age.js';
import { type Fate, startS3Proxy } from '../support/s3-proxy.js';
import { adminClient, type S3Server } from '../support/s3-server.js';
import { DAY_AND_MORE_MS, type LakePlace } from './place.js';

/** Asked of every request (`METHOD /path?query`) of one lake. */
type Decide = (request: string) => Fate | undefined;

export interface S3Place extends LakePlace {
  /** From now on, of the requests of this lake. */
  decide(name: string, decide: Decide): void;
  close(): Promise<void>;
}

const UPLOAD = 'upload of ';

/**
 * A lake is a prefix of the bucket, and the way to the server leads over a proxy on which things go wrong. Sets the AWS
 * variables of this process until it is closed.
 */
export async function openS3Place(server: S3Server): Promise<S3Place> {
  const { bucket } = server;
  const proxy = await startS3Proxy(server.endpoint);
  const env = awsEnv({ ...server, endpoint: proxy.endpoint });
  const restore = useAwsEnv(env);
  const admin = adminClient(server);
  const deciders = new Map<string, Decide>();
  proxy.decide = (request) => {
    // The lake is in the path of an object's request, and in the query of a listing.
    const name = /crash[0-9a-f]{10}/.exec(request)?.[0];
    return name === undefined ? undefined : deciders.get(name)?.(request);
  };
  const inBucket = (name: string, key: string): string => `${name}/${key}`;
  return {
    kind: 'S3',
    env,
    uriOf: ({ name }) => `s3://${bucket}/${name}`,
    async leftovers({ name, lake: { uri } }) {
      const lake = await openStorage(uri, { forcePathStyle: true });
      const keys = [...(await keysUnder(lake, 'staging/')), ...(await keysUnder(lake, 'segments/'))];
      const pages = await admin.send(
        new ListMultipartUploadsCommand({ Bucket: bucket, Prefix: inBucket(name, '') }),
      );
      return [...keys, ...(pages.Uploads ?? []).map(({ Key = '' }) => `${UPLOAD}${Key}`)];
    },
    async age({ name }, left) {
      const uploads = left.filter((what) => what.startsWith(UPLOAD));
      const keys = left.filter((what) => !what.startsWith(UPLOAD)).map((key) => inBucket(name, key));
      await ageObjects(server, keys, DAY_AND_MORE_MS);
      for (const what of uploads) await ageUploads(server, what.slice(UPLOAD.length), DAY_AND_MORE_MS);
    },
    decide: (name, decide) => void deciders.set(name, decide),
    async close() {
      restore();
      admin.destroy();
      await proxy.stop();
    },
  };
}
