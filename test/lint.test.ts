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
  const parserOptions = {
    projectService: false,
    project,
    tsconfigRootDir: dir,
    // With CI in the environment the parser would read each file once, from the disk, and not the snippet.
    disallowAutomaticSingleRunInference: true,
  };
  return new ESLint({ cwd: root, overrideConfig: [{ languageOptions: { parserOptions } }] });
}

async function faults(file: string, code: string, eslint = untyped): Promise<string[]> {
  const [result] = await eslint.lintText(code, { filePath: path.join(root, file) });
  assert(result, `${file} is ignored by the lint`);
  const fatal = result.messages.find((message) => message.fatal);
  assert.equal(fatal, undefined, `the snippet does not parse: ${fatal?.message}`);
  return result.messages.map((message) => message.ruleId ?? '').filter((rule) => !/unused/.test(rule));
}

const inline = (code: string): string => code.trim().replaceAll('\n', ' ');

describe('lint', function () {
  this.timeout(60_000);

  describe('keeps clock, chance and the environment out', () => {
    const pure = [
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
    for (const code of pure) {
      it(`src/dataset may not: ${inline(code)}`, async () => {
        assert.notDeepEqual(await faults('src/dataset/snippet.ts', code), []);
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
    for (const folder of [
      'bytes',
      'dataset',
      'workflows',
      'activities',
      'lake',
      'storage',
      'tables',
      'embedded',
    ]) {
      assert.deepEqual(await faults(`src/${folder}/snippet.ts`, `console.log('x');`), ['no-console']);
    }
    assert.deepEqual(await faults('src/commands/snippet.ts', `console.log('x');`), []);
  });

  it('refuses a file of more than 400 lines, a default export, a barrel and an exception without a reason', async () => {
    const long = 'export {};\n'.repeat(401);
    assert.deepEqual(await faults('src/dataset/snippet.ts', long), ['max-lines']);
    assert.deepEqual(await faults('src/dataset/snippet.ts', 'export default 1;'), ['no-restricted-syntax']);
    assert.deepEqual(await faults('src/dataset/snippet.ts', `export * from './hour.js';`), [
      'no-restricted-syntax',
    ]);
    const exception = '// eslint-disable-next-line eqeqeq\nexport const x = (a: number) => a == 1;';
    assert.deepEqual(await faults('src/dataset/snippet.ts', exception), ['fernlake/disable-with-reason']);
    const reasoned = exception.replace('eqeqeq', 'eqeqeq -- the older form compares so');
    assert.deepEqual(await faults('src/dataset/snippet.ts', reasoned), []);
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
