/* eslint-disable no-control-regex -- control characters are what these tests look for */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { DEMO_KEY } from '../../examples/source-server/index.js';
import { escaped, forTerminal, own, wrapped } from '../../src/commands/terminal.js';
import { Bench, envelope, HOUR_13, MINUTE, T13 } from '../activities/bench.js';
import { BIN, fernlake, fernlakeHere } from './fernlake.js';

const ESC = '\u001b';
const CSI = '\u009b';
/** The first of the commands are typed on a real terminal, too. */
const REAL = 2;
const EVIL = `${ESC}]0;pwned\u0007${CSI}31m\u202eabc`;

describe('what a terminal gets', () => {
  it('has no control character but ours, and no text can pass for ours', () => {
    assert.equal(escaped(EVIL), '\\u001b]0;pwned\\u0007\\u009b31m\\u202eabc');
    const red = `${own(ESC)}[31m`;
    assert.equal(forTerminal(`${red}a${ESC}[2Jb\r\n\tc`), `${ESC}[31ma\\u001b[2Jb\\u000d\n\tc`);
    assert.equal(forTerminal(`\ufdd0${ESC}[2J`), '\ufdd0\\u001b[2J');
    assert.equal(JSON.parse(escaped(JSON.stringify(EVIL))), EVIL);
  });

  it('is broken between words, below the text of its line, and not within them', () => {
    assert.equal(wrapped('  name      one two three', 24), '  name      one two\n            three');
    assert.equal(wrapped('one two three', 9), 'one two\n  three');
    assert.equal(wrapped(`a ${'x'.repeat(30)}`, 10), `a\n  ${'x'.repeat(30)}`);
    assert.equal(
      wrapped(`${own(ESC)}[31mred${own(ESC)}[39m red`, 7),
      `${own(ESC)}[31mred${own(ESC)}[39m red`,
    );
    assert.equal(wrapped('one two three', undefined), 'one two three');
  });

  describe('of a hostile lake', function () {
    this.timeout(60_000);
    let work: string;
    let bench: Bench;

    before(async () => {
      work = mkdtempSync(path.join(os.tmpdir(), 'fernlake-terminal-'));
      bench = await Bench.open();
      const records = [
        envelope(1, T13, { name: `${CSI}31mred\u202e`, activity: `go ${CSI}2J` }),
        envelope(2, T13 + MINUTE, { activity: 5, [`x${CSI}2J`]: 1 }),
      ];
      await bench.archiveAndCarry(T13 + 2 * MINUTE, records, 'a');
      await bench.sealAll([HOUR_13]);
      const ledgers = path.join(bench.dir, 'lake', 'ledger', 'logs', `year=2023${EVIL}`);
      mkdirSync(ledgers, { recursive: true });
      writeFileSync(path.join(ledgers, `hour=13${EVIL}.json`), `{"hour": "${CSI}"`);
      const quarantined = path.join(bench.dir, 'lake', 'quarantine', 'logs', `year=2023${EVIL}`);
      mkdirSync(quarantined, { recursive: true });
      writeFileSync(path.join(quarantined, `hour=13${EVIL}.json.gz`), 'no gzip');
    });
    after(async () => {
      await bench?.close();
      rmSync(work, { recursive: true, force: true });
    });

    const env = (): Record<string, string> => ({ FERNET_KEYS: DEMO_KEY, FERNLAKE_LAKE: bench.storage.uri });

    /** What the command writes to a terminal of 80 columns, on both of its streams. */
    async function onTerminal(args: readonly string[]): Promise<string> {
      const { stdout, stderr } = await fernlakeHere(args, { cwd: work, env: env(), columns: 80 });
      return stdout + stderr;
    }

    /** The same of a process on a terminal that util-linux's script(1) gives it; undefined without that. */
    function onRealTerminal(args: readonly string[]): string | undefined {
      const quoted = args.map((arg) => `'${arg.replaceAll("'", `'\\''`)}'`).join(' ');
      const command = `stty cols 80; '${process.execPath}' '${BIN}' ${quoted}`;
      const { stdout, error } = spawnSync('script', ['-qec', command, '/dev/null'], {
        cwd: work,
        encoding: 'utf8',
        env: { PATH: process.env['PATH'], HOME: work, TERM: 'xterm', ...env() },
      });
      return process.platform === 'linux' && !error ? stdout : undefined;
    }

    const object = () => path.join(bench.dir, 'lake', 'logs/year=2023/month=04/day=20/hour=13/logs.json.gz');
    const evilSql = `select name, activity, '${EVIL}' as "${EVIL}", chr(27) || '[2J' as esc from logs`;
    const commands: readonly [string, () => readonly string[]][] = [
      ['query, a table', () => ['query', evilSql]],
      ['query, CSV', () => ['query', evilSql, '--format', 'csv']],
      ['query, JSON', () => ['query', evilSql, '--format', 'json']],
      ['query that fails', () => ['query', `select "${EVIL}"`]],
      ['decode', () => ['decode', object()]],
      ['decode, Python', () => ['decode', object(), '--format', 'python']],
      ['decode of a file that is not there', () => ['decode', EVIL]],
      ['quarantine list', () => ['quarantine', 'list']],
      ['quarantine list, one reason', () => ['quarantine', 'list', '--reason', 'wrong-type']],
      ['schema', () => ['schema']],
      ['verify', () => ['verify']],
      ['report, JSON', () => ['report', '--json']],
      ['copy', () => ['copy', path.join(bench.dir, 'lake'), path.join(work, `to${CSI}`)]],
      ['an unknown command', () => [EVIL]],
    ];

    function assertEscaped(name: string, said: string): void {
      assert.notEqual(said, '');
      // Colours, and the line of progress that is written over: our own.
      const rest = said.replace(/\u001b\[(\d+m|K)/g, '').replaceAll('\r', '');
      assert.doesNotMatch(
        rest,
        /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e]/,
        JSON.stringify(rest),
      );
      if (/query, |^decode(, Python)?$/.test(name)) assert.match(rest, /\\u009b|\\u\{9b\}|\\x9b/);
    }

    for (const [name, args] of commands)
      it(`is escaped: ${name}`, async () => assertEscaped(name, await onTerminal(args())));

    it('is escaped on a real terminal', function () {
      for (const [name, args] of commands.slice(0, REAL)) {
        const said = onRealTerminal(args());
        if (said === undefined) {
          console.warn('      SKIPPED: a terminal is had through script(1) of util-linux');
          this.skip();
        }
        assertEscaped(name, said);
      }
    });

    it('files and pipes get the bytes', async () => {
      const csv = await fernlake(['query', evilSql, '--format', 'csv'], { cwd: work, env: env() });
      assert.equal(csv.code, 0, csv.stderr);
      assert(csv.stdout.includes(EVIL) && csv.stdout.includes(`${ESC}[2J`), JSON.stringify(csv.stdout));
      const decoded = await fernlake(['decode', object()], { cwd: work, env: env() });
      assert(decoded.stdout.includes(`${CSI}31mred\u202e`), JSON.stringify(decoded.stdout));
    });

    it('prose is broken between words at 80 columns, help and all', async () => {
      for (const args of [
        ['copy', '--help'],
        ['query', '--help'],
        ['verify', '--help'],
        ['verify'],
        ['decode', 'x'],
      ]) {
        for (const line of (await onTerminal(args)).split(/[\r\n]+/)) {
          const plain = line.replace(/\u001b\[[0-9;]*[mK]/g, '');
          const isOneWord = !plain.trim().includes(' ');
          assert([...plain].length <= 80 || isOneWord, `${args.join(' ')}: ${plain}`);
        }
      }
    });
  });
});
