import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { freePort } from '../../src/embedded/ports.js';
import { createProgram } from '../../src/commands/program.js';
import { readRepoFile, repoFile } from '../deploy/files.js';
import { type DocCommand, readPage } from './commands/parse.js';
import { openScene, type Scene, SLOT_S } from './commands/scene.js';
import { PAGES } from './pages.js';
import { allCommands, helpOf } from './reference/commands.js';

const TYPED = PAGES.filter((page) => !/reference|decisions|^src/.test(page));

/** What would leave nothing for the commands behind it. */
const UNDONE = /fernlake schedule (delete|pause)(?!.*--dry-run)/;

/** An hour has 12 slots of the usual length, and 360 of the scene's: each would be a run. */
const asManySlots = (text: string): string =>
  /schedule backfill/.test(text)
    ? text.replace(/(T13):00:00Z(.*)T14:00:00Z/, `$1:00:00Z$2T13:0${(12 * SLOT_S) / 60}:00Z`)
    : text;

/**
 * Types what the docs tell their reader to type. Starts a Temporal dev server, an S3 server, a sample API on loopback and
 * the real worker as a process. The first time that a command is typed it is a process of a shell.
 */
describe('the commands of the docs', function () {
  // Some hundred commands, one after the other: a bound, which no wait depends on.
  this.timeout(600_000);
  const pages = TYPED.map((page) => ({ page, ...readPage(page, readRepoFile(page)) }));
  const commands = pages.flatMap((page) => page.commands);
  const of = (kind: DocCommand['kind']): DocCommand[] => commands.filter((command) => command.kind === kind);
  let scene: Scene | undefined;

  after(() => scene?.close());

  it('are found, and what cannot be run here is said', () => {
    assert(of('run').length >= 60, `${of('run').length} commands to run`);
    for (const { page, idle } of pages)
      assert.deepEqual(idle, [], `${page} marks programs that it does not name`);
    const cannot = new Map<string, number>();
    for (const { program } of of('cannot')) cannot.set(program, (cannot.get(program) ?? 0) + 1);
    const list = [...cannot].map(([program, n]) => `${program} ${n}`).join(', ');
    console.warn(
      `docs: ${of('run').length} commands are run here, ${of('elsewhere').length} by other tests, ${of('script').length} are scripts of ` +
        `this checkout. NOT RUN, for want of an account or a machine of the kind: ${of('cannot').length} (${list})`,
    );
  });

  it('are scripts of this checkout, or run by a test that is there', () => {
    const { scripts } = JSON.parse(readRepoFile('package.json')) as { scripts: Record<string, string> };
    for (const { page, line, text } of of('script')) {
      const where = `${page}:${line}: ${text}`;
      for (const [, name = ''] of text.matchAll(/npm run (?:--silent )?([\w:]+)/g))
        assert(name in scripts, where);
      const [, file] = /(?:node|mocha) (dist\/\S+\.js)/.exec(text) ?? [];
      if (file !== undefined) assert(existsSync(repoFile(file)), where);
    }
    for (const { page, line, by } of of('elsewhere'))
      assert(existsSync(repoFile(by)), `${page}:${line}: ${by}`);
  });

  it('are spelled as the commands are', async () => {
    const program = await createProgram();
    const known = new Set(allCommands(program).map(({ path: name }) => name));
    for (const { page, line, text } of commands.filter(({ program: name }) => name === 'fernlake')) {
      const [, first = '', second = ''] = /fernlake (\S+)(?: (\S+))?/.exec(text) ?? [];
      const below = second.split(/\\?\|/).map((name) => `${first} ${name}`);
      const isGroup = [...known].some((name) => name.startsWith(`${first} `));
      assert(first.startsWith('-') || known.has(first), `${page}:${line}: ${text}`);
      if (isGroup) for (const name of below) assert(known.has(name), `${page}:${line}: ${text}`);
    }
  });

  it('do what they say, each of them, and those of the help, too', async () => {
    scene = await openScene();
    const envOf = new Map(pages.map(({ page, env }) => [page, env]));
    const examples: DocCommand[] = allCommands(await createProgram()).flatMap(
      ({ path: name, command }) =>
        readPage(
          `fernlake ${name} --help`,
          helpOf(command)
            .split(/\nExamples:\n/)[1]
            ?.replaceAll(/^ {2}/gm, '    ') ?? '',
        ).commands,
    );
    const faults: string[] = [];
    const done = new Set<string>();
    let before = '';
    let stopped = false;
    for (const { page, line, text, kind } of [...of('run'), ...examples]) {
      // What one page has paused or deleted is there again for the next.
      if (page !== before && stopped) {
        for (const mend of ['apply', 'resume']) await scene.run(`fernlake schedule ${mend}`, {});
        stopped = false;
      }
      before = page;
      const env = envOf.get(page) ?? {};
      const needsS3 = /s3:\/\//.test(text + JSON.stringify(env));
      const once = `${text} ${JSON.stringify(env)}`;
      if (kind !== 'run' || done.has(once)) continue;
      done.add(once);
      if (needsS3 && !scene.hasS3) {
        console.warn(`skipped, as there is no S3 server: ${page}:${line}: ${text}`);
        continue;
      }
      // The docs name the usual ports, and a machine that runs tests may have others there.
      const typed = asManySlots(text).replaceAll(/\b(9464|8080)\b/g, String(await freePort()));
      const { code, stdout, stderr } = await scene.run(typed, env);
      stopped ||= UNDONE.test(text);
      if (/schedule pause/.test(text)) await scene.still();
      // The lake is live: a copy that says that hours were sealed meanwhile has done what it says.
      const isDone = code === 0 || (code === 1 && /: copy again to have them$/m.test(stdout));
      const isFault = !isDone || /^fernlake: |^error: |\n\s+at .*:\d+/m.test(stderr);
      if (isFault)
        faults.push(`${page}:${line}: ${text}\n  exit code ${code}: ${(stderr || stdout).slice(-600)}`);
    }
    assert(done.size >= 60, `${done.size} different commands`);
    assert.deepEqual(faults, [], faults.join('\n'));
  });
});
