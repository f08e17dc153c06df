import assert from 'node:assert/strict';
import { brotliCompressSync, createGzip, deflateSync, gzipSync } from 'node:zlib';
import type { ServerResponse } from 'node:http';
import { LIMITS } from '../../../src/limits.js';
import { diarySource } from '../../support/diary-source.js';
import { failing } from './failing.js';
import { answering, withServer } from './with-server.js';

const MIB = 1024 * 1024;

describe('the HTTP source, when the body is not an array of records', () => {
  const wrong: Record<string, string> = {
    'an HTML page': '<!doctype html><title>Maintenance</title>',
    nothing: '',
    'white space': '  \n',
    'a truncated array': '[{"recordId":1,"data":"gAAAAA',
    'an object': '{"error":"try later"}',
    'a string': '"[]"',
    'NaN in the array': '[NaN]',
    'two arrays': '[][]',
    'an array in Python quotes': "[{'recordId': 1}, {'recordId': 2}]",
  };
  for (const [what, body] of Object.entries(wrong)) {
    it(`takes ${what} with status 200 for transient`, async () => {
      await withServer(answering(200, body), async ({ url }) => {
        const error = await failing(diarySource({ url }).poll(), 'SourceAnswer', 'transient');
        assert.equal(error.details.status, 200);
        assert.doesNotMatch(error.message, /gAAAAA|Maintenance|try later/);
      });
    });
  }

  it('takes a broken gzip stream for transient', async () => {
    const broken = gzipSync('[1,2,3]'.repeat(100)).subarray(0, 20);
    await withServer(answering(200, broken, { 'content-encoding': 'gzip' }), async ({ url }) => {
      await failing(diarySource({ url }).poll(), 'SourceAnswer', 'transient');
    });
    await withServer(answering(200, 'not gzip at all', { 'content-encoding': 'gzip' }), async ({ url }) => {
      await failing(diarySource({ url }).poll(), 'SourceAnswer', 'transient');
    });
  });
});

describe('the HTTP source, when the body is an answer all the same', () => {
  const RECORDS = [
    { recordId: 1, data: 'x' },
    { recordId: 2, data: 'y' },
  ];
  const json = JSON.stringify(RECORDS);
  const utf16 = (text: string): Buffer => Buffer.from(text, 'utf16le');
  const cases: Record<string, readonly [string | Buffer, Record<string, string>]> = {
    'behind a byte order mark': [`\uFEFF${json}`, {}],
    'in UTF-16 with its charset': [utf16(json), { 'content-type': 'application/json; charset=utf-16le' }],
    'in UTF-16 with its mark': [
      utf16(`\uFEFF${json}`),
      { 'content-type': 'application/json; charset=utf-16' },
    ],
    'in UTF-16, big end first': [utf16(`\uFEFF${json}`).swap16(), {}],
    'packed as x-gzip': [gzipSync(json), { 'content-encoding': 'x-gzip' }],
    'packed, in capitals': [gzipSync(json), { 'content-encoding': 'GZIP' }],
    'packed twice, of which one is told': [gzipSync(gzipSync(json)), { 'content-encoding': 'gzip' }],
    'packed twice': [gzipSync(gzipSync(json)), { 'content-encoding': 'gzip, gzip' }],
    'packed and silent about it': [gzipSync(json), {}],
    'plain, and calls itself packed': [json, { 'content-encoding': 'gzip' }],
    'packed with brotli': [brotliCompressSync(json), { 'content-encoding': 'br' }],
    'packed with deflate': [deflateSync(json), { 'content-encoding': 'deflate' }],
  };
  for (const [what, [body, headers]] of Object.entries(cases)) {
    it(`reads an array that is ${what}`, async () => {
      await withServer(answering(200, body, headers), async ({ url }) => {
        const { envelopes, fault } = await diarySource({ url }).poll();
        assert.deepEqual([envelopes, fault], [RECORDS, undefined]);
      });
    });
  }

  it('takes 204 and [] for answers without records', async () => {
    for (const [status, body] of [
      [204, ''],
      [200, '[]'],
    ] as const) {
      await withServer(answering(status, body), async ({ url }) => {
        const { envelopes, fault } = await diarySource({ url }).poll();
        assert.deepEqual([envelopes, fault], [[], undefined]);
      });
    }
  });

  it('hands on a body that does not unpack as it came, to be archived', async () => {
    const cut = gzipSync(json).subarray(0, 20);
    await withServer(answering(200, cut, { 'content-encoding': 'gzip' }), async ({ url }) => {
      const { body, fault } = await diarySource({ url }).poll();
      assert(body.equals(cut));
      assert.equal(fault?.code, 'SourceAnswer');
    });
  });
});

describe('the HTTP source, when the body is too large', () => {
  it('takes a body of exactly the limit and refuses one byte more', async () => {
    await withServer(answering(200, '[1234567]'), async ({ url }) => {
      assert.equal((await diarySource({ url }, 9).poll()).body.length, 9);
      const error = await failing(diarySource({ url }, 8).poll(), 'SourceTooLarge', 'terminal');
      assert.match(error.message, /more than 8 bytes/);
    });
  });

  it('cuts a gzip bomb of 4 GiB at the limit, in flat memory', async function () {
    this.timeout(30_000);
    await withServer(bomb, async ({ url }) => {
      const source = diarySource({ url }, 8 * MIB);
      const before = process.memoryUsage().rss;
      await failing(source.poll(), 'SourceTooLarge', 'terminal');
      const grownMib = (process.memoryUsage().rss - before) / MIB;
      assert.ok(grownMib < 150, `memory grew by ${grownMib} MiB`);
    });
  });

  it('cuts an endless chunked body', async () => {
    await withServer(
      (_request, response) => {
        response.write('[');
        const more = (): void => {
          while (!response.destroyed && response.write('{"recordId":1},'.repeat(1000)));
          if (!response.destroyed) response.once('drain', more);
        };
        more();
      },
      async ({ url }) => {
        await failing(diarySource({ url }, MIB).poll(), 'SourceTooLarge', 'terminal');
      },
    );
  });

  it('refuses nesting that would break whoever walks it', async () => {
    const deep = `[${'['.repeat(1_000_000)}${']'.repeat(1_000_000)}]`;
    await withServer(answering(200, deep), async ({ url }) => {
      const error = await failing(diarySource({ url }).poll(), 'SourceTooLarge', 'terminal');
      assert.match(error.message, /nested/);
    });
  });

  it('refuses more records, or more values, than the limit', async () => {
    const many = `[${'0,'.repeat(LIMITS.answerRecordsMax)}0]`;
    await withServer(answering(200, many), async ({ url }) => {
      await failing(diarySource({ url }).poll(), 'SourceTooLarge', 'terminal');
    });
    const most = `[${'0,'.repeat(LIMITS.answerRecordsMax - 1)}0]`;
    await withServer(answering(200, most), async ({ url }) => {
      assert.equal((await diarySource({ url }).poll()).envelopes.length, LIMITS.answerRecordsMax);
    });
    await withServer(answering(200, `[[${'[],'.repeat(2_000_000)}[]]]`), async ({ url }) => {
      await failing(diarySource({ url }).poll(), 'SourceTooLarge', 'terminal');
    });
  });
});

/** A thousandth of its size on the wire: made as it is asked for, since nobody wants 4 GiB in memory. */
function bomb(_request: unknown, response: ServerResponse): void {
  response.writeHead(200, { 'content-encoding': 'gzip' });
  const gzip = createGzip();
  gzip.pipe(response);
  response.on('error', () => gzip.destroy()).on('close', () => gzip.destroy());
  const spaces = Buffer.alloc(MIB, ' ');
  let left = 4096;
  const more = (): void => {
    while (left > 0 && !gzip.destroyed) {
      left--;
      if (!gzip.write(spaces)) return void gzip.once('drain', more);
    }
    if (!gzip.destroyed) gzip.end();
  };
  gzip.write('[', more);
}
