import { FernlakeError } from '../../src/domain/errors.js';
import { type SeriesOptions, seriesOptions } from './series-options.js';
import { readState, writeState } from './state.js';

/** How long the series has run, pauses not counted. */
export interface Clock {
  /** The series with the start and the anchor that it had when it first began. */
  readonly options: SeriesOptions;
  /** Milliseconds; never goes back while the server lives. */
  elapsedMs(): number;
  /** Keeps the present in the state file, when there is one. */
  save(): void;
  close(): void;
}

const SAVE_EVERY_MS = 500;

/**
 * With a state file the clock stands still while the server is down and then goes on from where it was.
 * Throws FernlakeError `Configuration` when the file belongs to a series with other options.
 */
export function openClock(
  given: Partial<SeriesOptions>,
  stateFile: string | undefined,
  nowMs: () => number,
): Clock {
  const openedMs = nowMs();
  const state = stateFile === undefined ? undefined : readState(stateFile);
  const anchored =
    state === undefined
      ? given
      : { ...given, startMs: given.startMs ?? state.startMs, anchorMs: state.anchorMs };
  const options = seriesOptions(anchored, openedMs);
  if (state !== undefined && (state.series !== nameOf(options) || state.startMs !== options.startMs)) {
    throw new FernlakeError(
      'Configuration',
      'terminal',
      `the state file ${stateFile} belongs to a series with other options (${state.series}, start ` +
        `${new Date(state.startMs).toISOString()}); start with the same ones, or with another state file`,
    );
  }
  let elapsed = state?.elapsedMs ?? 0;
  let seenMs = openedMs;
  const elapsedMs = (): number => {
    // Step by step, so that a wall clock that is set back delays the series and does not turn it around.
    const now = nowMs();
    elapsed += Math.max(0, now - seenMs);
    seenMs = now;
    return elapsed;
  };
  const save = (): void => {
    if (stateFile === undefined) return;
    const { anchorMs, startMs } = options;
    writeState(stateFile, { anchorMs, startMs, elapsedMs: elapsedMs(), series: nameOf(options) });
  };
  const timer = stateFile === undefined ? undefined : setInterval(save, SAVE_EVERY_MS).unref();
  save();
  return { options, elapsedMs, save, close: () => (clearInterval(timer), save()) };
}

/** What makes records differ, save start and anchor, which the state keeps by themselves. */
function nameOf(options: SeriesOptions): string {
  const named = { ...options, startMs: undefined, anchorMs: undefined };
  const keys = [...Object.keys(named).sort(), 'fromMs', 'toMs', 'factor', 'at', 'by', 'share', 'byMs'];
  return JSON.stringify(named, keys);
}
