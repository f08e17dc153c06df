import {
  createSourceServer,
  type SampleRecord,
  type SourceServer,
  type SourceServerOptions,
} from '../../examples/source-server/index.js';

/** 2023-05-01 10:45, as the wall clock of the sample API at its start. */
const START_MS = Date.parse('2023-05-01T10:45:00.000Z');
const STEP_MS = 1_000;
/** Tests poll without a pause. While there is nothing new, answers come so slowly, and leave the machine to other tests. */
const SAME_AGAIN_MS = 1_500;

export interface SteppedServer {
  readonly server: SourceServer;
  /** All steps are made, and an answer has shown the last. */
  done(): boolean;
}

export interface SteppedSource extends SteppedServer {
  /** The records that exist when all steps are made. */
  readonly records: readonly SampleRecord[];
}

export interface Steps {
  readonly steps: number;
  /** Below half a window (100), so that an answer that gets lost on the way costs no record. */
  readonly recordsPerStep: number;
  /** How many steps may be made by now; all unless given. Until more may, every answer is slow and shows the same records. */
  readonly allowed?: () => number;
}

/**
 * The sample API on a clock that a good answer moves on by one step, until all are made. So a run sees the same records
 * however slow the machine is and however often it fails or dies, and a test can tell exactly what must land.
 */
export async function steppedServer(
  { steps, recordsPerStep, allowed = () => steps }: Steps,
  options: SourceServerOptions,
): Promise<SteppedServer> {
  let made = 0;
  let isSlow = false;
  let isShown = false;
  const server: SourceServer = await createSourceServer({
    history: recordsPerStep,
    rate: recordsPerStep,
    ...options,
    nowMs: () => START_MS + made * STEP_MS,
    slowMs: SAME_AGAIN_MS,
    onAnswer: ({ behaviour }) => {
      isShown ||= made === steps && ['ok', 'slow'].includes(behaviour);
      if (behaviour === 'ok' && made < Math.min(steps, allowed())) made += 1;
      if (options.fail !== undefined || isSlow === made >= Math.min(steps, allowed())) return;
      isSlow = !isSlow;
      server.setFail(isSlow ? { slow: 1 } : {});
    },
  });
  return { server, done: () => isShown };
}

/** Generated records, `minutesPerStep` minutes of event time a step, from 10:45 on. */
export async function steppedSource(
  { minutesPerStep, ...steps }: Steps & { readonly minutesPerStep: number },
  options: SourceServerOptions = {},
): Promise<SteppedSource> {
  const stepped = await steppedServer(steps, {
    seed: 7,
    speed: minutesPerStep * 60,
    startMs: START_MS,
    anchorMs: START_MS + 365 * 86_400_000,
    ...options,
  });
  const { series } = stepped.server;
  const newest = series.newestIndex(steps.steps * STEP_MS);
  const records = Array.from({ length: newest + 1 }, (_, index) => series.recordAt(index).record);
  return { ...stepped, records };
}
