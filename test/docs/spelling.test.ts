import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { createProgram } from '../../src/commands/program.js';
import { readRepoFile, repoFile } from '../deploy/files.js';
import { PAGES } from './pages.js';
import { allCommands, helpOf } from './reference/commands.js';

const TEMPORAL = 'workflow|schedule|activity|operator|worker|task-queue|env|batch';

/** How a reader would have to find them on PATH, where neither is: not behind `npx`, a folder or `--stack-name`. */
const otherSpelling = (commands: string): RegExp =>
  new RegExp(
    String.raw`(?<!npx )(?<![\w/.~-])(?:(?:bin/)?fernlake (?:${commands})\b(?!:)|(?<!fernlake )temporal (?:${TEMPORAL}) \S)`,
    'g',
  );

/** What of a page is typed: code in running text, and blocks of it. A table of this repository's folders is none. */
const typedIn = (markdown: string): string =>
  markdown
    .replaceAll(/^```\w*\n([^]*?)^```$/gm, (_, block: string) => block.replaceAll(/^(?=.)/gm, '    '))
    .split('\n')
    .map((line) => (/^ {4,}\S/.test(line) ? line : Array.from(line.matchAll(/`[^`]+`/g), String).join(' ')))
    .join('\n');

const isComment = (line: string): boolean => /^\s*(\/\/|\/?\*)/.test(line);
/** The title of a screen names the command that shows it. */
const isTitle = (line: string): boolean => line.includes("paint('bold'");
const textsOf = (source: string): string =>
  source
    .split('\n')
    .map((line) => (isComment(line) || isTitle(line) ? '' : line.replace(/(?<=[\s;,)}])\/\/ .*$/, '')))
    .join('\n');

/** Starts npm's npx, as a newcomer would. */
describe('the one spelling of our commands, `npx fernlake …` and `npx fernlake temporal …`', () => {
  it('works in a checkout, from its folders, too, with nothing of npm about', async function () {
    this.timeout(120_000);
    const home = mkdtempSync(path.join(os.tmpdir(), 'fernlake-npx-'));
    const env = { ...process.env, HOME: home, npm_config_cache: path.join(home, 'npm') };
    try {
      for (const cwd of [repoFile('.'), repoFile('docs')]) {
        const npx = ['--offline', 'fernlake', 'decode', '--help'];
        const { stdout } = await promisify(execFile)('npx', npx, { cwd, env });
        assert.match(stdout, /^Usage: npx fernlake decode/);
      }
    } finally {
      rmSync(home, { recursive: true, force: true });
    }
  });

  it('is the only one in pages, help, settings and messages', async () => {
    const commands = allCommands(await createProgram());
    const names = commands.map(({ path: name }) => name).filter((name) => !name.includes(' '));
    const other = otherSpelling(names.join('|'));
    const texts = new Map<string, string>([
      ...PAGES.map((page): [string, string] => [page, typedIn(readRepoFile(page))]),
      ['.env.example', readRepoFile('.env.example')],
      ...commands.map(({ path: name, command }): [string, string] => [`${name} --help`, helpOf(command)]),
      ...readdirSync(repoFile('src'), { recursive: true })
        .map((name) => path.join('src', String(name)))
        .filter((name) => name.endsWith('.ts'))
        .map((name): [string, string] => [name, textsOf(readRepoFile(name))]),
    ]);
    const found = [...texts].flatMap(([where, text]) =>
      text
        .split('\n')
        .flatMap((line, at) => (line.match(other) ? [`${where}:${at + 1}: ${line.trim()}`] : [])),
    );
    assert.deepEqual(found, [], found.join('\n'));
    const own = [...texts.values()].join('\n').match(/npx fernlake (?:temporal )?[a-z]/g) ?? [];
    assert(own.length > 300, `${own.length} commands were looked at`);
  });
});
