import { readFileSync } from 'node:fs';
import path from 'node:path';
import { ROOT } from './process.js';

/** What the unit in deploy/ sets for the memory of a worker: measured is what a user of that unit has. */
export function unitEnvironment(): Readonly<Record<string, string>> {
  const unit = readFileSync(path.join(ROOT, 'deploy', 'systemd', 'fernlake-worker.service'), 'utf8');
  const settings = [...unit.matchAll(/^Environment=(.*)$/gm)].flatMap(([, line = '']) => line.split(' '));
  return Object.fromEntries(
    settings
      .filter((setting) => /^(NODE_OPTIONS|MALLOC_\w+)=/.test(setting))
      .map((setting) => [setting.slice(0, setting.indexOf('=')), setting.slice(setting.indexOf('=') + 1)]),
  );
}
