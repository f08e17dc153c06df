/**
 * `npm run prepare`, and so the end of `npm ci`: compiles what runs (src, examples) without looking at types, in a second
 * where tsc takes half a minute. Tests, types and what is published are `npm run build`'s. A checkout that tsc has compiled
 * stays tsc's: its record of what is compiled already would be wrong about files of ours.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { transformFileSync } from '@swc/core';

const ROOT = path.join(import.meta.dirname, '..');
const DIST = path.join(ROOT, 'dist');
const run = (file, ...args) =>
  execFileSync(process.execPath, [path.join(ROOT, file), ...args], { cwd: ROOT, stdio: 'inherit' });

/** What tsconfig.json says to tsc. */
const options = (sourceFileName) => ({
  swcrc: false,
  configFile: false,
  sourceMaps: true,
  sourceFileName,
  module: { type: 'es6' },
  jsc: {
    parser: { syntax: 'typescript' },
    target: 'es2022',
    preserveAllComments: true,
    transform: { verbatimModuleSyntax: true },
  },
});

function transpile(name) {
  const source = path.join(ROOT, name);
  const target = path.join(DIST, name.replace(/\.ts$/, '.js'));
  const since = statSync(target, { throwIfNoEntry: false })?.mtimeMs ?? 0;
  if (since >= statSync(source).mtimeMs) return;
  mkdirSync(path.dirname(target), { recursive: true });
  const { code, map } = transformFileSync(source, options(path.relative(path.dirname(target), source)));
  writeFileSync(`${target}.map`, map);
  writeFileSync(target, `${code}//# sourceMappingURL=${path.basename(target)}.map\n`);
}

if (existsSync(path.join(DIST, '.tsbuildinfo'))) {
  run('node_modules/typescript/bin/tsc', '--build');
} else {
  for (const folder of ['src', 'examples'])
    for (const name of readdirSync(path.join(ROOT, folder), { recursive: true }))
      if (name.endsWith('.ts')) transpile(path.join(folder, name));
}
run('dist/src/process/bundle-workflows.js');
