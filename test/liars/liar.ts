import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { createSourceServer, type SourceServer } from '../../examples/source-server/index.js';
import { createStage, type Lie } from '../../examples/source-server/lies.js';
import { tempLake, type TempLake } from '../support/lake.js';
import type { LieOrder, LieReport } from './liar-worker.js';

/** A source that tells one lie after the other, and a process that believes it. */
export interface LyingSource {
  readonly cwd: string;
  /** Serves the lie at its own ids and in its own hour, has the answer carried, and says what came of it. */
  tell(lie: Lie): Promise<LieReport>;
  close(): Promise<void>;
}

const HOUR_MS = 3_600_000;
const FIRST_EVENT_MS = Date.parse('2023-04-20T13:30:00Z');
const IDS_APART = 100_000;

/** Where lie number `n` plays: no other one's ids, no other one's hour. */
export const placeOf = (n: number): { firstId: number; eventMs: number } => ({
  firstId: (n + 1) * IDS_APART,
  eventMs: FIRST_EVENT_MS + n * HOUR_MS,
});

export async function startLiar(): Promise<LyingSource> {
  const lake: TempLake = await tempLake();
  let told = 0;
  let lie: Lie | undefined;
  const server: SourceServer = await createSourceServer({
    respond: ({ key, nowMs }) => lie?.answer(createStage({ key, nowMs, ...placeOf(told) })),
  });
  // In the lake's folder: what is evaluated there leaves its canary there.
  const child: ChildProcess = fork(fileURLToPath(new URL('./liar-worker.js', import.meta.url)), {
    cwd: lake.dir,
  });
  return {
    cwd: lake.dir,
    async tell(next) {
      lie = next;
      told += 1;
      const order: LieOrder = { url: server.url, lake: lake.uri, dataset: `lie${told}` };
      const done = new AbortController();
      const answer = once(child, 'message', done) as Promise<[LieReport]>;
      const died = once(child, 'exit', done).then(([code]) => {
        throw new Error(`the worker died of ${next.name} (${String(code)})`);
      });
      died.catch(() => undefined);
      child.send(order);
      try {
        return (await Promise.race([answer, died]))[0];
      } finally {
        done.abort();
      }
    },
    async close() {
      child.disconnect();
      await once(child, 'exit');
      await server.close();
      lake.remove();
    },
  };
}
