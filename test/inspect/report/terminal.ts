import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { Page } from 'playwright-core';
import { repoFile } from '../../deploy/files.js';

export interface TerminalShot {
  readonly file: string;
  /** What was typed; shown behind the prompt. */
  readonly typed: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  /** Lines shown at most, from the top. */
  readonly lines?: number;
}

const COLOURS: Readonly<Record<string, string>> = {
  '1': 'font-weight:700',
  '2': 'color:#8fa1ab',
  '31': 'color:#ff8793',
  '32': 'color:#6fd3ae',
  '33': 'color:#e9c46a',
  '36': 'color:#7fd0e2',
};

/** Runs it on a terminal of its own (`script`, of util-linux), so that colours are as a person sees them, and draws what it says. */
export async function shootTerminal(
  page: Page,
  { file, typed, args, cwd, env, lines = 40 }: TerminalShot,
): Promise<void> {
  const command = [process.execPath, repoFile('bin/fernlake'), ...args].map((word) => `'${word}'`).join(' ');
  const { stdout } = await promisify(execFile)('script', ['-qec', command, '/dev/null'], {
    cwd,
    env: { PATH: process.env['PATH'] ?? '', TERM: 'xterm-256color', COLUMNS: '100', ...env },
    maxBuffer: 16 * 1024 * 1024,
  });
  const shown = stdout
    .replaceAll('\r\n', '\n')
    .trimEnd()
    .split('\n')
    .map(lastWritten)
    .slice(0, lines)
    .join('\n');
  await page.setContent(
    `<body style="margin:0;background:#12181b;color:#e6ecef"><pre style="display:inline-block;margin:0;padding:1rem 1.25rem;min-width:46rem;font:14px/1.5 'DejaVu Sans Mono',monospace"><span style="color:#8fa1ab">$</span> ${escape(typed)}\n${html(shown)}</pre></body>`,
  );
  await page.locator('pre').screenshot({ path: file });
}

/** A line that is written over shows what came last. */
const lastWritten = (line: string): string =>
  line.slice(line.lastIndexOf('\r') + 1).replaceAll('\u001b[K', '');

const escape = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');

/** SGR sequences become spans. */
function html(text: string): string {
  return text
    .split('\u001b[')
    .map((part, at) => {
      const [, code = '', rest = part] = at === 0 ? [] : (/^([\d;]*)m([^]*)$/.exec(part) ?? []);
      const style = COLOURS[code];
      return style === undefined
        ? escape(at === 0 ? part : rest)
        : `<span style="${style}">${escape(rest)}</span>`;
    })
    .join('');
}
