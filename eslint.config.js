import js from '@eslint/js';
import { defineConfig } from 'eslint/config';
import prettier from 'eslint-config-prettier';
import globals from 'globals';
import tseslint from 'typescript-eslint';
import { disableWithReason, noEnvironment, pure } from './lint/purity.js';

const fernlake = { rules: { 'disable-with-reason': disableWithReason } };

/** No clock, no chance, no I/O: the same input gives the same output. Which files they import is in lint/imports.cjs. */
const PURE = [
  'src/{bytes,dataset}/**/*.ts',
  'src/{errors,limits,figures}.ts',
  'src/lake/{identity,id-ranges,keys,ledger,lines,names,outcome,quarantine-entry,row-id,same-content,segment,segment-cursor,unpack-answer}.ts',
  'src/activities/fetch/{answer-reader,body-class,observation}.ts',
  'src/activities/{decrypt,compact,partition}/!(activity|envelopes).ts',
  'src/activities/upload/object-check.ts',
  'src/activities/seal/{as-sealed,draft,edges,gap,gaps,merge-stream,tally,changed-rows}.ts',
  'src/workflows/{marks,pace,slot}.ts',
];

export default defineConfig(
  { ignores: ['dist/', 'node_modules/', 'lake/', '.fernlake/', '.cache/', 'coverage/'] },
  { linterOptions: { reportUnusedDisableDirectives: 'error' }, plugins: { fernlake } },
  js.configs.recommended,
  ...tseslint.configs.recommendedTypeChecked,
  {
    languageOptions: {
      globals: globals.node,
      parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname },
    },
    rules: {
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-misused-promises': 'error',
      '@typescript-eslint/await-thenable': 'error',
      '@typescript-eslint/return-await': ['error', 'error-handling-correctness-only'],
      '@typescript-eslint/only-throw-error': 'error',
      '@typescript-eslint/prefer-promise-reject-errors': 'error',
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: true },
      ],
      '@typescript-eslint/consistent-type-imports': ['error', { disallowTypeAnnotations: false }],
      '@typescript-eslint/no-unused-vars': [
        'error',
        { argsIgnorePattern: '^_', destructuredArrayIgnorePattern: '^_', caughtErrors: 'all' },
      ],
      // A method of an async interface may have nothing to wait for.
      '@typescript-eslint/require-await': 'off',
      eqeqeq: 'error',
      'fernlake/disable-with-reason': 'error',
    },
  },
  {
    files: ['src/**/*.ts'],
    rules: {
      'max-lines': ['error', 400],
      ...noEnvironment,
    },
  },
  {
    files: ['src/config/config.ts', 'src/config/children.ts'],
    rules: { 'no-restricted-properties': 'off', 'no-restricted-syntax': 'off' },
  },
  {
    files: ['src/{bytes,dataset,workflows,activities,lake,storage,tables,embedded}/**/*.ts'],
    rules: { 'no-console': 'error' },
  },
  { files: PURE, rules: pure },
  { files: ['bench/**/*.ts'], rules: { 'max-lines': ['error', 250] } },
  { files: ['test/**/*.ts'], languageOptions: { globals: globals.mocha } },
  { files: ['**/*.js', '**/*.cjs', '**/*.mjs'], ...tseslint.configs.disableTypeChecked },
  { files: ['**/*.cjs'], rules: { '@typescript-eslint/no-require-imports': 'off' } },
  prettier,
);
