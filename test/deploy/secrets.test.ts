import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type MotoServer, motoServerOrSkip } from '../support/moto-server.js';
import { repoFile } from './files.js';
import { pythonTool, run } from './python-tools.js';

const WORD = 'hunter2';

/** Runs deploy/aws/bin/fetch-source-settings with the AWS command line against moto's Secrets Manager. */
describe("the source's settings on the machine", function () {
  this.timeout(60_000);
  let env: NodeJS.ProcessEnv;
  let aws: string;
  let moto: MotoServer;
  let folder: string;

  before(async function () {
    this.timeout(600_000);
    aws = (await pythonTool('aws')) ?? this.skip();
    moto = await motoServerOrSkip(this);
    folder = mkdtempSync(path.join(tmpdir(), 'fernlake-secrets-'));
    const PATH = `${path.dirname(aws)}:${process.env['PATH']}`;
    env = { ...moto.env, PATH, AWS_DEFAULT_REGION: 'eu-central-1', AWS_ENDPOINT_URL: moto.endpoint };
  });
  after(async () => {
    await moto?.stop();
    if (folder) rmSync(folder, { recursive: true, force: true });
  });

  const file = (name: string): string => path.join(folder, name);

  /** Stores the text as a secret of this name, and fetches it. */
  function fetched(name: string, text: string): { status: number | null; output: string } {
    const stored = ['secretsmanager', 'create-secret', '--name', name, '--secret-string', text];
    const made = run(aws, stored, { env });
    assert.equal(made.status, 0, made.output);
    return run(repoFile('deploy/aws/bin/fetch-source-settings'), [name, file(name)], { env });
  }

  it('come from a secret into a file that is root’s alone, as systemd reads it', () => {
    const url = `https://user:${WORD}@logs.example.com/api?limit=100&order=desc`;
    const { status, output } = fetched(
      'good',
      `# the source\r\n\r\nFERNLAKE_SOURCE_URL=${url}\r\nHTTPS_PROXY=http://p:3128\n`,
    );
    assert.deepEqual([status, output], [0, '']);
    assert.equal(
      readFileSync(file('good'), 'utf8'),
      `FERNLAKE_SOURCE_URL=${url}\nHTTPS_PROXY=http://p:3128\n`,
    );
    assert.equal(statSync(file('good')).mode & 0o777, 0o600);
  });

  for (const [name, text, says] of [
    ['json', `{"FERNLAKE_SOURCE_URL":"https://${WORD}@example.com/"}`, /is JSON: store it as plaintext/],
    [
      'quoted',
      `FERNLAKE_SOURCE_URL=https://example.com/\nA="${WORD}"`,
      /^line 2 of the secret quoted is no NAME=value/,
    ],
    [
      'bare',
      `FERNLAKE_SOURCE_URL=https://example.com/\n${WORD}`,
      /^line 2 of the secret bare is no NAME=value/,
    ],
    ['without', `API_TOKEN=${WORD}`, /has no line FERNLAKE_SOURCE_URL=/],
  ] as const) {
    it(`are refused when the secret is ${name}, without a word of it, and leave nothing behind`, () => {
      const { status, output } = fetched(name, text);
      assert.notEqual(status, 0);
      assert.match(output, says);
      assert.ok(!output.includes(WORD));
      assert.ok(!existsSync(file(name)));
    });
  }

  it('leave no copy beside the file', () => assert.deepEqual(readdirSync(folder), ['good']));
});
