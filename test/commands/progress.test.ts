import assert from 'node:assert/strict';
import { forTerminal } from '../../src/commands/terminal.js';
import { showProgress } from '../../src/commands/progress.js';

describe('the progress of a command', () => {
  function shown(isTTY: boolean) {
    let nowMs = 0;
    const said: string[] = [];
    const write = (text: string): boolean => said.push(forTerminal(text)) > 0;
    const stream = { isTTY, columns: 80, write } as unknown as NodeJS.WriteStream;
    const progress = showProgress(stream, () => nowMs);
    return { said, progress, at: (ms: number) => (nowMs = ms) };
  }

  it('is a line every ten seconds where no terminal is, and none of what is done sooner', () => {
    const { said, progress, at } = shown(false);
    for (let ms = 0; ms <= 35_000; ms += 50) {
      at(ms);
      progress.tell(() => `${ms} ms`);
    }
    progress.end();
    assert.deepEqual(said, ['10000 ms\n', '20000 ms\n', '30000 ms\n']);
  });

  it('is one line that is written over where a terminal is, ten times a second at most, and gone at the end', () => {
    const { said, progress, at } = shown(true);
    for (const ms of [0, 50, 100, 150]) {
      at(ms);
      progress.tell(() => `${ms} ms`);
    }
    progress.end();
    assert.deepEqual(said, ['\r\u001b[K0 ms', '\r\u001b[K100 ms', '\r\u001b[K']);
  });
});
