import { spawn } from 'node:child_process';
import { freePort, portAnswers } from '../../src/embedded/ports.js';
import { endChild, guard } from '../../src/embedded/processes.js';
import { repoFile } from '../deploy/files.js';
import { pythonTool } from '../deploy/python-tools.js';
import { awsEnv } from './aws-env.js';
import { until } from './until.js';

const REGION = 'eu-central-1';
const STOP_GRACE_MS = 5_000;

export interface MotoServer {
  readonly endpoint: string;
  /** For a process that is to work on this server, through the SDK's own chain; shuts out every other account. */
  readonly env: Readonly<Record<string, string>>;
  /** How often each operation of Glue was asked for, `{CreateTable: 3}`. */
  requests(): Promise<Record<string, number>>;
  stop(): Promise<void>;
}

/**
 * Starts moto's server, which has Glue's API and refuses what Glue's own model refuses, or skips the suite after saying so.
 * For `before`, with a time-out of minutes.
 */
export async function motoServerOrSkip(context: Mocha.Context): Promise<MotoServer> {
  const python = await pythonTool('moto-server');
  if (python === undefined) return context.skip();
  const port = await freePort();
  const child = spawn(python, [repoFile('test/support/strict_moto.py'), String(port)], { stdio: 'ignore' });
  const guardian = child.pid === undefined ? undefined : guard(child.pid);
  await until('moto answers', () => portAnswers(port));
  const endpoint = `http://127.0.0.1:${port}`;
  const env = awsEnv({ endpoint, region: REGION, accessKey: 'test', secretKey: 'test' });
  return {
    endpoint,
    env: { ...env, AWS_ENDPOINT_URL_GLUE: endpoint },
    async requests() {
      return (await (await fetch(`${endpoint}/requests`)).json()) as Record<string, number>;
    },
    async stop() {
      await endChild(child, STOP_GRACE_MS);
      await guardian?.dismiss();
    },
  };
}
