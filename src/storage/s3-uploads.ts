import type { UnfinishedUploads } from './port.js';
import { keyInBucket, type S3Place } from './s3-keys.js';
import type { S3Requests, S3Upload } from './s3-requests.js';

/**
 * Uploads in parts that were begun and never completed: their parts cost money and are seen in no listing of objects.
 * Takes s3:ListBucketMultipartUploads, which knows no prefix, so what is others' is passed over here, and
 * s3:AbortMultipartUpload of each.
 */
export function unfinishedUploads(requests: S3Requests, place: S3Place): UnfinishedUploads {
  return {
    async begin(key) {
      await requests.createUpload(keyInBucket(place, key), {});
    },

    async sweep(prefixes, olderThanMs) {
      const own = prefixes.map((prefix) => place.prefix + prefix);
      const oldMs = Date.now() - olderThanMs;
      let swept = 0;
      let after: S3Upload | undefined;
      do {
        const page = await requests.listUploads(place.prefix, after);
        for (const upload of page.items) {
          if (upload.startedMs > oldMs || !own.some((prefix) => upload.key.startsWith(prefix))) continue;
          await requests.abortUpload(upload);
          swept += 1;
        }
        after = page.next;
      } while (after !== undefined);
      return swept;
    },
  };
}
