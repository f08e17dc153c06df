import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { readRepoFile, repoFile } from './files.js';
import { run } from './python-tools.js';

/** systemd's own scale: 0 is shut off from everything, 10 is a plain root service. */
const EXPOSURE_MAX: Record<string, number> = {
  'deploy/systemd/fernlake-worker.service': 1.5,
  'deploy/systemd/fernlake-schedule.service': 1.5,
  'deploy/aws/systemd/fernlake-secrets.service': 2,
  'deploy/aws/systemd/fernlake-log.service': 1.5,
  'deploy/aws/systemd/fernlake-heartbeat.service': 1.5,
  'deploy/aws/systemd/fernlake-temporal.service': 1.5,
};

const units = ['deploy/systemd', 'deploy/aws/systemd'].flatMap((folder) =>
  readdirSync(repoFile(folder))
    .filter((name) => /\.(service|timer)$/.test(name))
    .map((name) => `${folder}/${name}`),
);

/** The `Key=value` pairs of a unit, in order. */
const settings = (unit: string): string[] =>
  readRepoFile(unit)
    .split('\n')
    .filter((line) => /^[A-Z]\w*=/.test(line));

const hasSystemd = (): boolean => run('systemd-analyze', ['--version']).status === 0;

describe('the systemd units', () => {
  for (const unit of units) {
    it(`${path.basename(unit)} is understood by systemd, every line of it`, function () {
      if (!hasSystemd()) {
        console.warn('      SKIPPED: systemd-analyze is not here (Debian: apt-get install systemd)');
        return this.skip();
      }
      const folder = mkdtempSync(path.join(tmpdir(), 'fernlake-units-'));
      try {
        // verify insists that programs exist; those of a machine that runs fernlake are not on this one.
        for (const each of units) {
          const text = readRepoFile(each).replaceAll(/^(ExecStart=)\S+/gm, '$1/bin/true');
          writeFileSync(path.join(folder, path.basename(each)), text);
        }
        const { status, output } = run(
          'systemd-analyze',
          ['verify', path.join(folder, path.basename(unit))],
          {
            env: { ...process.env, SYSTEMD_UNIT_PATH: `${folder}:` },
          },
        );
        const complaints = output.split('\n').filter((line) => line.includes('fernlake'));
        assert.deepEqual({ status, complaints }, { status: 0, complaints: [] });
      } finally {
        rmSync(folder, { recursive: true, force: true });
      }
    });
  }

  for (const [unit, most] of Object.entries(EXPOSURE_MAX)) {
    it(`${path.basename(unit)} is exposed by no more than ${most} of 10`, function () {
      if (!hasSystemd()) {
        console.warn('      SKIPPED: systemd-analyze is not here (Debian: apt-get install systemd)');
        return this.skip();
      }
      const { output } = run('systemd-analyze', ['security', '--offline=true', '--no-pager', repoFile(unit)]);
      const exposure = Number(/Overall exposure level for \S+: ([\d.]+)/.exec(output)?.[1]);
      assert.ok(exposure <= most, `${exposure} is more than ${most}\n${output}`);
    });
  }

  it('every service states its bound', () => {
    assert.deepEqual(
      units.filter((unit) => unit.endsWith('.service')).sort(),
      Object.keys(EXPOSURE_MAX).sort(),
    );
  });

  it('the worker always comes back, and is killed only after its own grace time', () => {
    const worker = settings('deploy/systemd/fernlake-worker.service');
    for (const wanted of [
      'Restart=always',
      'StartLimitIntervalSec=0',
      'TimeoutStopSec=90s',
      'KillSignal=SIGTERM',
    ]) {
      assert.ok(worker.includes(wanted), wanted);
    }
  });

  it('the worker gets the Fernet key as a credential, and no setting holds it', () => {
    const worker = settings('deploy/systemd/fernlake-worker.service');
    assert.ok(worker.includes('LoadCredential=fernet-keys:/etc/fernlake/fernet-keys'));
    assert.ok(worker.includes('Environment=FERNET_KEYS_FILE=%d/fernet-keys'));
    for (const unit of units) assert.doesNotMatch(readRepoFile(unit), /FERNET_KEYS=|API_KEY=\S/, unit);
  });
});
