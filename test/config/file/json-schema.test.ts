import assert from 'node:assert/strict';
import { Ajv } from 'ajv';
import { parse } from 'yaml';
import { readRepoFile } from '../../deploy/files.js';
import { FILE_SCHEMA } from '../../docs/reference/file-schema.js';
import { GOOD, WHOLE } from './examples.js';

/** As an editor does, by a checker that knows nothing of ours. */
describe('fernlake.schema.json', () => {
  const isFine = new Ajv().compile(JSON.parse(readRepoFile(FILE_SCHEMA)) as object);

  it('takes what fernlake takes', () => {
    for (const text of [GOOD, WHOLE]) assert(isFine(parse(text)), JSON.stringify(isFine.errors));
  });

  it('refuses names, types and words that are none', () => {
    const wrong: readonly [from: string, to: string][] = [
      ['primary_key: id', 'primry_key: id'],
      ['id: integer', 'id: bigint'],
      ['contiguous: true', 'contiguous: yes'],
      ['compact: time', 'compact: tme'],
      ['[new, paid]', 'new'],
      ['lake: file:///srv/lake\n', ''],
      ['url: https://api.example.com/orders', 'method: GET'],
    ];
    for (const [from, to] of wrong) {
      assert(GOOD.includes(from), from);
      assert(!isFine(parse(GOOD.replace(from, to))), to);
    }
  });

  it('tells of every name what it means', () => {
    const bare = [...namesWithout(JSON.parse(readRepoFile(FILE_SCHEMA)), '')];
    assert.deepEqual(bare, []);
  });
});

/** Names without a description; `type` is what tells the ways to log in apart. */
function* namesWithout(schema: unknown, path: string): Generator<string> {
  if (typeof schema !== 'object' || schema === null) return;
  const { properties = {} } = schema as {
    properties?: Record<string, { description?: string; const?: unknown }>;
  };
  for (const [name, inner] of Object.entries(properties))
    if (inner.description === undefined && inner.const === undefined) yield `${path}.${name}`;
  for (const [name, inner] of Object.entries(schema)) yield* namesWithout(inner, `${path}.${name}`);
}
