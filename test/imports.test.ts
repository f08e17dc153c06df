import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';

const root = path.resolve(import.meta.dirname, '..', '..');

/** A file of a small tree, what is in it, and the rule of lint/imports.cjs that it breaks; undefined: none. */
const CASES: readonly (readonly [file: string, code: string, broken: string | undefined])[] = [
  ['src/bytes/gzip.ts', "import { gzipSync } from 'node:zlib'; export const pack = gzipSync;", undefined],
  ['src/bytes/reads.ts', "import fs from 'node:fs'; export const read = fs.readFileSync;", 'pure-is-pure'],
  ['src/dataset/of-bytes.ts', "export { pack } from '../bytes/gzip.js';", undefined],
  [
    'src/bytes/up.ts',
    "import { pack } from '../dataset/of-bytes.js'; export const p = pack;",
    'bytes-never-up',
  ],
  ['src/storage/up.ts', "import type { P } from '../lake/type.js'; export type Q = P;", 'storage-never-up'],
  ['src/lake/type.ts', 'export type P = number;', undefined],
  ['src/storage/up-inline.ts', "export type Q = import('../lake/type.js').P;", 'storage-never-up'],
  ['src/storage/up-late.ts', "export const late = () => import('../lake/later.js');", 'storage-never-up'],
  ['src/lake/later.ts', 'export const later = 1;', undefined],
  [
    'src/lake/opens.ts',
    "import { openFolder } from '../storage/folder.js'; export const o = openFolder;",
    'ports-only',
  ],
  ['src/storage/folder.ts', 'export const openFolder = 1;', undefined],
  ['src/storage/port.ts', 'export type Storage = object;', undefined],
  [
    'src/lake/uses.ts',
    "import type { Storage } from '../storage/port.js'; export type S = Storage;",
    undefined,
  ],
  [
    'src/activities/decrypt/up.ts',
    "import { c } from '../compact/c.js'; export const d = c;",
    'decrypt-never-up',
  ],
  ['src/activities/compact/c.ts', 'export const c = 1;', undefined],
  [
    'src/activities/compact/calls.ts',
    "import { Client } from '@temporalio/client'; export const x = Client;",
    'activities-know-no-client',
  ],
  [
    'src/workflows/etl.ts',
    "import type { Storage } from '../storage/port.js'; export type S = Storage;",
    undefined,
  ],
  [
    'src/workflows/loads.ts',
    "import { c } from '../activities/compact/c.js'; export const x = c;",
    'workflows-are-deterministic',
  ],
  [
    'src/workflows/hashes.ts',
    "import { hash } from 'node:crypto'; export const x = hash;",
    'workflows-are-deterministic',
  ],
  ['src/commands/asks.ts', "import got from 'got'; export const x = got;", 'only-fetch-speaks-http'],
  [
    'src/commands/s3.ts',
    "import { S3Client } from '@aws-sdk/client-s3'; export const x = S3Client;",
    'only-s3-and-glue-know-aws',
  ],
  [
    'src/storage/s3.ts',
    "import { S3Client } from '@aws-sdk/client-s3'; export const x = S3Client;",
    undefined,
  ],
  [
    'src/commands/examples.ts',
    "import { s } from '../../examples/server.js'; export const x = s;",
    'src-stands-alone',
  ],
  ['examples/server.ts', 'export const s = 1;', undefined],
  ['src/inspect/one.ts', "import type { Two } from './two.js'; export type One = Two | 1;", 'no-circle'],
  ['src/inspect/two.ts', "import type { One } from './one.js'; export type Two = One | 2;", undefined],
  ['src/inspect/lost.ts', "export { x } from './nowhere.js';", 'nothing-unfound'],
];

describe('the import rules', function () {
  this.timeout(60_000);

  it('name each file that breaks one, and no other', async () => {
    const dir = mkdtempSync(path.join(os.tmpdir(), 'fernlake-imports-'));
    try {
      symlinkSync(path.join(root, 'node_modules'), path.join(dir, 'node_modules'));
      for (const name of ['lint', 'tsconfig.json', 'package.json'])
        cpSync(path.join(root, name), path.join(dir, name), { recursive: true });
      for (const [file, code] of CASES) {
        mkdirSync(path.dirname(path.join(dir, file)), { recursive: true });
        writeFileSync(path.join(dir, file), code);
      }
      const found = new Map<string, Set<string>>();
      for (const { from, rule } of await violations(dir)) {
        found.set(from, (found.get(from) ?? new Set()).add(rule.name));
      }
      for (const [file, , broken] of CASES) {
        const rules = found.get(file) ?? new Set();
        if (broken === undefined) assert.deepEqual([...rules], [], file);
        else assert(rules.has(broken), `${file} breaks ${broken}; found: ${[...rules].join(', ')}`);
      }
    } finally {
      rmSync(dir, { recursive: true, force: true });
    }
  });
});

interface Violation {
  readonly from: string;
  readonly rule: { readonly name: string };
}

async function violations(cwd: string): Promise<Violation[]> {
  const bin = path.join(root, 'node_modules', '.bin', 'depcruise');
  const args = ['--config', 'lint/imports.cjs', '--output-type', 'json', 'src'];
  const { stdout } = await promisify(execFile)(bin, args, { cwd, maxBuffer: 64 << 20 });
  return (JSON.parse(stdout) as { summary: { violations: Violation[] } }).summary.violations;
}
