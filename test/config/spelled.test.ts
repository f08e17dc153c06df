import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { type Config, readConfig } from '../../src/config/config.js';
import { spelled, spelledKeys } from '../../src/config/spelled.js';

describe('where a message says that a setting is', () => {
  let folder: string;
  before(() => (folder = mkdtempSync(path.join(os.tmpdir(), 'fernlake-spelled-'))));
  after(() => rmSync(folder, { recursive: true }));

  const KEY = Buffer.alloc(32).toString('base64url');
  function inFile(record = ''): Config {
    const file = path.join(folder, 'fernlake.yaml');
    const dataset = `{ preset: log-api, source: { url: "https://api.example.com/log" }${record} }`;
    writeFileSync(file, `lake: file:///srv/lake\ndatasets:\n  shop: ${dataset}\n`);
    writeFileSync(path.join(folder, 'keys'), KEY);
    return readConfig({ choice: { config: file } }, {});
  }
  const said = (config: Config): string[] => [
    spelled('FERNLAKE_LAKE', config),
    spelled('FERNLAKE_DATASET', config),
    spelled('FERNLAKE_POLL_MIN', config),
    spelled('FERNLAKE_IDLE', config),
    spelledKeys(config),
  ];

  it('is a variable, where variables describe the dataset', () => {
    const env = { FERNLAKE_LAKE: 'file:///srv/lake' };
    const of = (more: Record<string, string> = {}): string[] => said(readConfig({}, { ...env, ...more }));
    const rest = ['FERNLAKE_LAKE', 'FERNLAKE_DATASET', 'FERNLAKE_POLL_MIN', 'FERNLAKE_IDLE'];
    assert.deepEqual(of(), [...rest, 'FERNET_KEYS']);
    assert.deepEqual(of({ FERNET_KEYS: KEY }), [...rest, 'FERNET_KEYS']);
    inFile();
    assert.deepEqual(of({ FERNET_KEYS_FILE: path.join(folder, 'keys') }), [...rest, 'FERNET_KEYS_FILE']);
    assert.equal(said(readConfig({ choice: { lake: 'file:///x' } }, {}))[0], '--lake');
  });

  it('is a name of the file, where that describes the datasets', () => {
    const file = path.join(folder, 'fernlake.yaml');
    const rest = [
      `lake in ${file}`,
      `its name below datasets in ${file}`,
      `datasets.shop.poll.min in ${file}`,
      `datasets.shop.seal.idle in ${file}`,
    ];
    assert.deepEqual(said(inFile()), [...rest, `datasets.shop.record.keys in ${file}`]);
    assert.deepEqual(said(inFile(`, record: { keys: "${KEY}" }`)), [
      ...rest,
      `datasets.shop.record.keys in ${file}`,
    ]);
    const ofFile = said(inFile(', record: { keys_file: keys }'));
    assert.deepEqual(ofFile, [...rest, `datasets.shop.record.keys_file in ${file}`]);
  });
});
