import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

const root = path.resolve(import.meta.dirname, '..', '..');
const example = readFileSync(path.join(root, '.env.example'), 'utf8');

/** The settings that the sources name, in code, message or comment. */
function namedInSources(): Set<string> {
  const files = readdirSync(path.join(root, 'src'), { recursive: true }).map(String);
  const names = files
    .filter((file) => file.endsWith('.ts'))
    .flatMap(
      (file) =>
        readFileSync(path.join(root, 'src', file), 'utf8').match(/\bFERN(LAKE|ET)_[A-Z_]*[A-Z]\b/g) ?? [],
    );
  // By it the tests find what they have left running; nobody sets it by hand.
  return new Set(names.filter((name) => name !== 'FERNLAKE_TEST_RUN'));
}

describe('.env.example', () => {
  it('lists every setting that the sources name', () => {
    const listed = new Set(
      Array.from(example.matchAll(/^# (FERN[A-Z_]+|TEMPORAL_[A-Z_]+|AWS_[A-Z_]+)=/gm), (m) => m[1]),
    );
    assert(listed.size >= 15);
    assert.deepEqual(
      [...namedInSources()].filter((name) => !listed.has(name)),
      [],
    );
  });

  it('changes nothing when copied, and holds no secret', () => {
    const settings = example.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
    assert.deepEqual(settings, []);
    assert.doesNotMatch(example, /^# FERNET_KEYS=./m);
    assert.doesNotMatch(example, /[A-Za-z0-9_-]{43}=|AKIA[A-Z0-9]{16}/);
  });
});
