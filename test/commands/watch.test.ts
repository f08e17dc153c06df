import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { createSourceServer, type SourceServer } from '../../examples/source-server/index.js';
import type { Notice } from '../../src/process/notify/notice.js';
import { pipeline, type Pipeline } from '../support/pipeline.js';
import { until } from '../support/until.js';
import { fernlake } from './fernlake.js';

/** A real incident: the source dies, comes back with a gap, and a worker goes. */
describe('fernlake watch', function () {
  this.timeout(180_000);

  it('tells of a source that dies, of the ids that were lost meanwhile, and of the end of both', async () => {
    const got: Notice[] = [];
    const receiver = createServer((request, response) => {
      void text(request).then((body) => (got.push(JSON.parse(body) as Notice), response.end()));
    });
    receiver.listen(0, '127.0.0.1');
    await once(receiver, 'listening');
    // Ten minutes of events a second, of which each answer shows the newest 100 records.
    const options = { rate: 20, speed: 600 };
    const at = (time: string): number => Date.parse(`2023-05-01T${time}:00.000Z`);
    let source: SourceServer = await createSourceServer({
      ...{ ...options, history: 100, startMs: at('10:45') },
    });
    const port = Number(new URL(source.url).port);
    let run: Pipeline | undefined;
    try {
      run = await pipeline(source.url);
      const cwd = path.join(run.lake.dir, 'watch');
      mkdirSync(cwd);
      const { env, dataset } = run;
      writeFileSync(
        path.join(cwd, 'fernlake.yaml'),
        `lake: ${run.lake.uri}
notify: [{ webhook: "http://127.0.0.1:${(receiver.address() as AddressInfo).port}/" }]
datasets:
  ${dataset}: { preset: log-api, source: { url: "${source.url}" }, seal: { lateness: 1ms, idle: 1500ms } }
`,
      );
      const { TEMPORAL_ADDRESS = '', TEMPORAL_NAMESPACE = 'default', FERNLAKE_TASK_QUEUE = '' } = env;
      const watch = () =>
        fernlake(['watch', '--once'], {
          cwd,
          env: { TEMPORAL_ADDRESS, TEMPORAL_NAMESPACE, FERNLAKE_TASK_QUEUE },
        });
      const heard = async (state: Notice['state'], key: RegExp): Promise<boolean> => {
        await watch();
        return got.some((notice) => notice.state === state && key.test(notice.key));
      };
      await run.startWorker();
      await run.schedule();
      await run.untilLanded(50);
      await source.close();
      await until('the source is told to be down', () => heard('begun', /^source-down$/), 90_000);
      // It went on meanwhile, by more than an answer shows.
      source = await createSourceServer({ ...options, port, history: 5_000, startMs: at('18:45') });
      await until('it is told to be back', () => heard('over', /^source-down$/), 60_000);
      await until('lost ids are told of', () => heard('begun', /^ids-lost /), 60_000);
      const [down, ...again] = got.filter(({ key, state }) => key === 'source-down' && state === 'begun');
      assert.match(down?.what ?? '', /^The source has given no answer since \S+ \(\d+ polls?\)\./);
      assert.deepEqual(again, [], 'told once');
      const [lost] = got.filter(({ key }) => key.startsWith('ids-lost '));
      assert.match(lost?.what ?? '', /^[\d,]+ ids? of 2023-05-01T\d\d never came\.$/);
      assert.equal((await watch()).code, 1, 'ids of the newest day are missing');

      assert.equal(new Set(got.map(({ key, what }) => key + what)).size, got.length);
    } finally {
      receiver.close();
      await run?.close();
      await source.close();
    }
  });
});
