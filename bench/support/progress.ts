/** Long work says how far it is: on a terminal in one line that changes, else now and then in a line of its own. */
export interface Progress {
  step(): void;
  end(): void;
}

const EVERY_MS = 500;
const EVERY_IN_A_LOG_MS = 15_000;

export function showProgress(what: string, steps: number): Progress {
  const startMs = Date.now();
  const everyMs = process.stderr.isTTY ? EVERY_MS : EVERY_IN_A_LOG_MS;
  let done = 0;
  let shownMs = startMs;
  const line = (): string => {
    const elapsedSec = (Date.now() - startMs) / 1_000;
    const left =
      done > 0 && done < steps ? `, about ${Math.ceil((elapsedSec / done) * (steps - done))} s left` : '';
    return `  ${what}: ${Math.floor((done / steps) * 100)} %, ${elapsedSec.toFixed(0)} s${left}`;
  };
  const show = (): void => {
    process.stderr.write(process.stderr.isTTY ? `\r\u001b[K${line()}` : `${line()}\n`);
  };
  return {
    step() {
      done += 1;
      if (Date.now() - shownMs < everyMs) return;
      shownMs = Date.now();
      show();
    },
    end() {
      show();
      if (process.stderr.isTTY) process.stderr.write('\n');
    },
  };
}
