import assert from 'node:assert/strict';
import {
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { DEMO_KEY } from '../../examples/source-server/index.js';
import { Bench, envelope, envelopes, HOUR_12, HOUR_13, MINUTE, T13 } from '../activities/bench.js';
import { fernlake } from './fernlake.js';

/** Every command that looks at a lake and is not asked to change it, with what it needs. */
const READERS: readonly (readonly string[])[] = [
  ['verify'],
  ['report', '--json'],
  ['query', 'select count(*) from logs'],
  ['sizes', '--all'],
  ['schema'],
  ['quarantine', 'list'],
  ['quarantine', 'redrive', '--dry-run'],
  ['reprocess', '--dry-run'],
  ['reprocess', '--diff'],
  ['copy', 'LAKE', 'out', '--dry-run'],
  ['copy', 'LAKE', 'out'],
];

/** Starts a process for each command. */
describe('a command that reads a lake', function () {
  this.timeout(60_000);
  let work: string;
  let bench: Bench;
  let lake: string;
  const longAgo = new Date(Date.now() - 2 * 3_600_000);

  before(async () => {
    work = mkdtempSync(path.join(os.tmpdir(), 'fernlake-reading-'));
    bench = await Bench.open();
    lake = path.join(bench.dir, 'lake');
    const first = [...envelopes(1, 6, T13 - 3_000), envelope(7, T13 + MINUTE, { activity: 5 })];
    await bench.archiveAndCarry(T13 + 2 * MINUTE, first, 'a');
    await bench.sealAll([HOUR_12, HOUR_13]);
    rmSync(path.join(lake, '.tmp'), { recursive: true });
  });
  after(async () => {
    await bench?.close();
    rmSync(work, { recursive: true, force: true });
  });

  /** Everything under the folder, with what a write would change. */
  const seen = (dir: string): string[] =>
    (readdirSync(dir, { recursive: true }) as string[]).sort().map((name) => {
      const { size, mtimeMs, mode, ino } = lstatSync(path.join(dir, name));
      return [name, size, mtimeMs, mode, ino].join(' ');
    });

  async function changesNothing(args: readonly string[], alsoIn: readonly string[] = []): Promise<void> {
    const dirs = [lake, ...alsoIn];
    const before = dirs.map(seen);
    const given = args.map((arg) => (arg === 'LAKE' ? lake : arg));
    const { code, stderr } = await fernlake(given, {
      cwd: work,
      env: { FERNET_KEYS: DEMO_KEY, FERNLAKE_LAKE: bench.storage.uri },
    });
    assert.equal(code, 0, `${args.join(' ')}: ${stderr}`);
    assert.deepEqual(dirs.map(seen), before, args.join(' '));
    rmSync(path.join(work, 'out'), { recursive: true, force: true });
  }

  for (const args of READERS) {
    it(`changes nothing in it: ${args.join(' ')}`, async () => {
      const scratch = path.join(lake, '.tmp');
      const outside = mkdtempSync(path.join(work, 'outside-'));
      try {
        await changesNothing(args); // not even a scratch folder is made
        mkdirSync(scratch);
        for (const dir of [scratch, outside]) {
          writeFileSync(path.join(dir, 'n.txt'), 'a note');
          utimesSync(path.join(dir, 'n.txt'), longAgo, longAgo);
        }
        await changesNothing(args);
        rmSync(scratch, { recursive: true });
        symlinkSync(outside, scratch);
        await changesNothing(args, [outside]);
      } finally {
        rmSync(scratch, { recursive: true, force: true });
      }
    });
  }
});
