import assert from 'node:assert/strict';
import { countKinds, kindOf, usdOf } from './cost.js';

const request = (operation: string) => ({ operation, user: 'u', key: '-', status: 200 });

describe('what requests to S3 cost', () => {
  it('is known of every operation that the worker uses, and of no other', () => {
    const kinds = {
      PutObject: 'PUT',
      CreateMultipartUpload: 'PUT',
      UploadPart: 'PUT',
      CompleteMultipartUpload: 'PUT',
      ListObjectsV2: 'LIST',
      ListMultipartUploads: 'LIST',
      GetObject: 'GET',
      HeadObject: 'HEAD',
      DeleteObjects: 'DELETE',
      AbortMultipartUpload: 'DELETE',
    };
    for (const [operation, kind] of Object.entries(kinds)) assert.equal(kindOf({ operation }), kind);
    assert.throws(() => kindOf({ operation: 'RestoreObject' }), /what does RestoreObject cost/);
  });

  it('is added up by kind', () => {
    const all = ['PutObject', 'PutObject', 'ListObjectsV2', 'GetObject', 'HeadObject', 'DeleteObjects'];
    const counts = countKinds(all.map(request));
    assert.deepEqual(counts, { PUT: 2, LIST: 1, GET: 1, HEAD: 1, DELETE: 1 });
    assert.equal(usdOf(counts).toFixed(7), '0.0000158');
  });
});
