import { rewrite } from './output.js';

/** A terminal is written to at most this often. */
const SHOW_EVERY_MS = 100;
/** A log wants to know that something goes on, and no more. */
const LINE_EVERY_MS = 10_000;

export interface Progress {
  /** How far it is: asked for where it is time to show it. */
  tell(text: () => string): void;
  end(): void;
}

/**
 * How far a command is, on stderr: where a terminal is, in one line that is written over; else a line every ten seconds, so
 * that a log shows a sign of life, and nothing of a command that is done sooner. `clock`: ms that only go forward.
 */
export function showProgress(
  stream: NodeJS.WriteStream = process.stderr,
  clock: () => number = () => performance.now(),
): Progress {
  const isLive = stream.isTTY;
  let dueMs = isLive ? clock() : clock() + LINE_EVERY_MS;
  let isShown = false;
  return {
    tell(text) {
      const nowMs = clock();
      if (nowMs < dueMs) return;
      dueMs = nowMs + (isLive ? SHOW_EVERY_MS : LINE_EVERY_MS);
      if (isLive) rewrite(stream, text());
      else stream.write(`${text()}\n`);
      isShown = true;
    },
    end() {
      if (isShown && isLive) rewrite(stream, '');
      isShown = false;
    },
  };
}
