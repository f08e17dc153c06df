import { FernlakeError } from '../../src/errors.js';
import { type SeriesOptions, seriesOptions } from './series-options.js';
import { type ClockState, readState, writeState } from './state.js';

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
      `the sample API of ${stateFile} was begun with ${unlike(state, options)}, and its records follow from that. ` +
        'Start it with the same again, or begin anew in another folder',
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

/** `--speed 60, not 120`: the options that were others, as one types them. */
function unlike(state: ClockState, options: SeriesOptions): string {
  const before = { ...(JSON.parse(state.series) as Record<string, unknown>), start: state.startMs };
  const now = { ...(JSON.parse(nameOf(options)) as Record<string, unknown>), start: options.startMs };
  const shown = (name: string, value: unknown): string =>
    name === 'start' ? new Date(Number(value)).toISOString() : JSON.stringify(value);
  return Object.entries(now)
    .map(([name, value]) => [
      optionOf(name),
      shown(name, before[name as keyof typeof before]),
      shown(name, value),
    ])
    .filter(([, was, is]) => was !== is)
    .map(([name, was, is]) => `--${name} ${was}, not ${is}`)
    .join(', ');
}

const optionOf = (name: string): string => name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);

/** What makes records differ, save start and anchor, which the state keeps by themselves. */
function nameOf(options: SeriesOptions): string {
  const named = { ...options, startMs: undefined, anchorMs: undefined };
  const keys = [...Object.keys(named).sort(), 'fromMs', 'toMs', 'factor', 'at', 'by', 'share', 'byMs'];
  return JSON.stringify(named, keys);
}
