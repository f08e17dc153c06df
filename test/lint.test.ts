import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { ESLint } from 'eslint';
import tseslint from 'typescript-eslint';

const root = path.resolve(import.meta.dirname, '..', '..');

/** The shipped configuration; without types, so that a snippet may stand at a path where no file is. */
const untyped = new ESLint({ cwd: root, overrideConfig: [tseslint.configs.disableTypeChecked] });

/** With types, of a project of one file: of the whole one they take half a minute. */
function typedFor(file: string, dir: string): ESLint {
  const project = path.join(dir, 'tsconfig.json');
  writeFileSync(
    project,
    JSON.stringify({
      extends: path.join(root, 'tsconfig.json'),
      compilerOptions: {
        composite: false,
        incremental: false,
        noEmit: true,
        rootDir: root,
        types: ['node'],
        typeRoots: [path.join(root, 'node_modules', '@types')],
      },
      files: [path.join(root, file)],
      include: [],
      references: [],
    }),
  );
  const parserOptions = { projectService: false, project, tsconfigRootDir: dir };
  return new ESLint({ cwd: root, overrideConfig: [{ languageOptions: { parserOptions } }] });
}

async function faults(file: string, code: string, eslint = untyped): Promise<string[]> {
  const [result] = await eslint.lintText(code, { filePath: path.join(root, file) });
  assert(result, `${file} is ignored by the lint`);
  const fatal = result.messages.find((message) => message.fatal);
  assert.equal(fatal, undefined, `the snippet does not parse: ${fatal?.message}`);
  return result.messages.map((message) => message.ruleId ?? '').filter((rule) => !/unused/.test(rule));
}

const value = (from: string): string => `import { x } from '${from}';\n`;
const typeOnly = (from: string): string => `import type { X } from '${from}';\n`;

const inline = (code: string): string => code.trim().replaceAll('\n', ' ');

interface Row {
  readonly file: string;
  readonly allowed: readonly string[];
  readonly forbidden: readonly string[];
}

const rows: readonly Row[] = [
  {
    file: 'src/domain/snippet.ts',
    allowed: [
      value('./hour.js'),
      value('../domain/hour.js'),
      value('node:crypto'),
      value('zlib'),
      value('node:buffer'),
      value('node:util'),
      typeOnly('./ref.js'),
      'export const at = new Date(0);',
    ],
    forbidden: [
      value('node:fs'),
      value('fs/promises'),
      value('node:http'),
      value('node:net'),
      value('got'),
      value('@temporalio/common'),
      value('../storage/port.js'),
      typeOnly('../storage/port.js'),
      typeOnly('node:fs'),
      `export { x } from '../storage/folder.js';`,
      `export * as x from '../source/http.js';`,
      `export const x = import('node:fs');`,
      `export const x = (name: string) => import(name);`,
      `export const x = require('node:fs');`,
      `import fs = require('node:fs');\nexport { fs };`,
      `export type X = import('node:fs').Stats;`,
    ],
  },
  {
    file: 'src/source/snippet.ts',
    allowed: [value('got'), value('./port.js'), value('../domain/errors.js'), value('node:timers/promises')],
    forbidden: [
      value('@temporalio/activity'),
      typeOnly('@temporalio/common'),
      value('@aws-sdk/client-s3'),
      value('../storage/port.js'),
      typeOnly('../storage/port.js'),
      value('../config.js'),
      value('../activities/fetch.js'),
    ],
  },
  {
    file: 'src/lake/snippet.ts',
    allowed: [
      value('../domain/ledger.js'),
      value('./names.js'),
      value('node:zlib'),
      typeOnly('../storage/port.js'),
    ],
    forbidden: [
      value('../storage/folder.js'),
      value('../activities/fetch.js'),
      value('@temporalio/activity'),
      value('@aws-sdk/client-s3'),
      value('node:fs'),
    ],
  },
  {
    file: 'src/storage/snippet.ts',
    allowed: [
      value('./port.js'),
      value('node:fs/promises'),
      value('../domain/errors.js'),
      typeOnly('@aws-sdk/client-s3'),
    ],
    forbidden: [
      value('@temporalio/common'),
      typeOnly('@temporalio/activity'),
      value('got'),
      value('../source/port.js'),
      value('../config.js'),
      value('@aws-sdk/client-s3'),
    ],
  },
  {
    file: 'src/storage/s3-client.ts',
    allowed: [value('@aws-sdk/client-s3'), value('./port.js')],
    forbidden: [value('@temporalio/common'), value('got'), value('@aws-sdk/client-glue')],
  },
  {
    file: 'src/tables/glue/glue.ts',
    allowed: [
      value('@aws-sdk/client-glue'),
      `export const x = import('@aws-sdk/client-glue');`,
      value('../engines/glue.js'),
      value('../storage/s3-facts.js'),
    ],
    forbidden: [value('@aws-sdk/client-s3'), value('../storage/s3.js'), value('@temporalio/activity')],
  },
  {
    file: 'src/catalog/snippet.ts',
    allowed: [value('./glue.js'), typeOnly('../config.js')],
    forbidden: [value('@aws-sdk/client-glue'), value('../config.js'), value('node:fs')],
  },
  {
    file: 'src/activities/snippet.ts',
    allowed: [
      value('@temporalio/activity'),
      value('@temporalio/common'),
      value('../domain/fernet.js'),
      value('./failures.js'),
      value('node:crypto'),
      typeOnly('../storage/port.js'),
      typeOnly('../source/port.js'),
      typeOnly('../catalog/port.js'),
      `import type { Storage } from '../storage/port.js';\nexport type S = Storage;`,
    ],
    forbidden: [
      value('../storage/port.js'),
      `import { type Storage } from '../storage/port.js';\nexport type S = Storage;`,
      value('../source/port.js'),
      value('../storage/folder.js'),
      typeOnly('../storage/folder.js'),
      value('../source/http.js'),
      value('../catalog/glue.js'),
      value('../config.js'),
      value('../workflows/etl.js'),
      value('@temporalio/workflow'),
      value('@temporalio/worker'),
      value('@temporalio/client'),
      value('@aws-sdk/client-s3'),
      value('got'),
      value('node:fs'),
    ],
  },
  {
    file: 'src/workflows/snippet.ts',
    allowed: [
      value('@temporalio/workflow'),
      value('./seal-hour.js'),
      value('../domain/pace.js'),
      typeOnly('../activities/fetch.js'),
      typeOnly('../storage/port.js'),
      typeOnly('@temporalio/common'),
    ],
    forbidden: [
      value('../activities/fetch.js'),
      `import { type Fetch } from '../activities/fetch.js';\nexport type F = Fetch;`,
      value('../storage/port.js'),
      value('@temporalio/common'),
      value('@temporalio/client'),
      value('@temporalio/worker'),
      value('../config.js'),
      value('node:crypto'),
      value('ms'),
      `export const x = import('../activities/fetch.js');`,
    ],
  },
  {
    file: 'src/commands/snippet.ts',
    allowed: [
      value('../config.js'),
      value('../storage/folder.js'),
      value('@temporalio/client'),
      value('../workflows/etl.js'),
      value('node:fs'),
      `export const sample = (file: string) => import(file);`,
    ],
    forbidden: [
      value('../../examples/source-server/main.js'),
      typeOnly('../../examples/source-server/main.js'),
      value('../../test/support/leaks.js'),
      value('../../bench/run.js'),
      `export const sample = import('../../examples/source-server/main.js');`,
      value('@aws-sdk/client-s3'),
      value('@aws-sdk/client-glue'),
      value('got'),
    ],
  },
  {
    file: 'src/worker.ts',
    allowed: [value('@temporalio/worker'), value('./storage/folder.js'), value('./activities/index.js')],
    forbidden: [
      value('./support/leaks.js'),
      value('../examples/source-server/main.js'),
      value('@smithy/types'),
    ],
  },
];

describe('lint', function () {
  this.timeout(60_000);

  describe('holds the import rule', () => {
    for (const { file, allowed, forbidden } of rows) {
      for (const code of allowed) {
        it(`${file} may: ${inline(code)}`, async () => {
          assert.deepEqual(await faults(file, code), []);
        });
      }
      for (const code of forbidden) {
        it(`${file} may not: ${inline(code)}`, async () => {
          assert((await faults(file, code)).includes('fernlake/import-rule'));
        });
      }
    }
  });

  describe('keeps clock, chance and the environment out', () => {
    const domain = [
      'export const x = Date.now();',
      'export const x = new Date();',
      'export const x = Date();',
      'export const x = Math.random();',
      'export const x = performance.now();',
      'export const x = process.pid;',
      'export const x = fetch;',
      `import { randomBytes } from 'node:crypto';\nexport const x = randomBytes(16);`,
      `import * as c from 'node:crypto';\nexport const x = c.randomUUID();`,
      'export const x = setTimeout(() => {}, 1);',
    ];
    for (const code of domain) {
      it(`src/domain may not: ${inline(code)}`, async () => {
        assert.notDeepEqual(await faults('src/domain/snippet.ts', code), []);
      });
    }

    const environment = [
      'export const x = process.env.HOME;',
      `export const x = process.env['HOME'];`,
      'export const { env } = process;',
      'export const x = globalThis.process.env;',
      `import { env } from 'node:process';\nexport const x = env;`,
    ];
    for (const code of environment) {
      it(`only src/config/config.ts may: ${inline(code)}`, async () => {
        assert.deepEqual(await faults('src/config/config.ts', code), []);
        assert.notDeepEqual(await faults('src/worker.ts', code), []);
        assert.notDeepEqual(await faults('src/commands/up.ts', code), []);
        assert.notDeepEqual(await faults('src/storage/folder.ts', code), []);
      });
    }
  });

  it('keeps the console for commands', async () => {
    for (const folder of ['domain', 'workflows', 'activities', 'storage', 'source', 'embedded']) {
      assert.deepEqual(await faults(`src/${folder}/snippet.ts`, `console.log('x');`), ['no-console']);
    }
    assert.deepEqual(await faults('src/commands/snippet.ts', `console.log('x');`), []);
  });

  it('refuses a file of more than 400 lines, a default export, a barrel and an exception without a reason', async () => {
    const long = 'export {};\n'.repeat(401);
    assert.deepEqual(await faults('src/domain/snippet.ts', long), ['max-lines']);
    assert.deepEqual(await faults('src/domain/snippet.ts', 'export default 1;'), ['no-restricted-syntax']);
    assert.deepEqual(await faults('src/domain/snippet.ts', `export * from './hour.js';`), [
      'no-restricted-syntax',
    ]);
    const exception = '// eslint-disable-next-line eqeqeq\nexport const x = (a: number) => a == 1;';
    assert.deepEqual(await faults('src/domain/snippet.ts', exception), ['fernlake/disable-with-reason']);
    const reasoned = exception.replace('eqeqeq', 'eqeqeq -- the older form compares so');
    assert.deepEqual(await faults('src/domain/snippet.ts', reasoned), []);
  });

  it('refuses a floating promise, a promise where none is awaited, a thrown string and a switch with a hole', async () => {
    const file = 'src/errors.ts'; // a file that exists: these rules need its place in the project
    const dir = mkdtempSync(path.join(os.tmpdir(), 'fernlake-lint-'));
    after(() => rmSync(dir, { recursive: true }));
    const typed = typedFor(file, dir);
    const rule = async (code: string): Promise<string[]> => faults(file, code, typed);
    const job = 'async function job(): Promise<void> {}\n';
    assert.deepEqual(await rule(`${job}export function f(): void { job(); }`), [
      '@typescript-eslint/no-floating-promises',
    ]);
    assert.deepEqual(await rule(`${job}export function f(): void { if (job()) return; }`), [
      '@typescript-eslint/no-misused-promises',
    ]);
    assert.deepEqual(await rule('export async function f(): Promise<void> { await 1; }'), [
      '@typescript-eslint/await-thenable',
    ]);
    assert.deepEqual(await rule(`export function f(): never { throw 'x'; }`), [
      '@typescript-eslint/only-throw-error',
    ]);
    assert.deepEqual(
      await rule(`export function f(k: 'a' | 'b'): number { switch (k) { case 'a': return 1; } return 2; }`),
      ['@typescript-eslint/switch-exhaustiveness-check'],
    );
    assert.deepEqual(await rule(`import { Hour } from './hour.js';\nexport type F = Hour[];`), [
      '@typescript-eslint/consistent-type-imports',
    ]);
  });
});
