import os from 'node:os';
import path from 'node:path';

export interface AwsAccess {
  readonly endpoint: string;
  readonly region: string;
  readonly accessKey?: string;
  readonly secretKey?: string;
}

/**
 * The environment in which the SDK's own chain finds this access and nothing else: no profile of the user, and no
 * question to an instance's metadata service.
 */
export function awsEnv({ endpoint, region, accessKey, secretKey }: AwsAccess): Record<string, string> {
  const nowhere = path.join(os.tmpdir(), 'fernlake-no-such-aws-file');
  return {
    AWS_ENDPOINT_URL_S3: endpoint,
    AWS_REGION: region,
    AWS_EC2_METADATA_DISABLED: 'true',
    AWS_CONFIG_FILE: nowhere,
    AWS_SHARED_CREDENTIALS_FILE: nowhere,
    ...(accessKey === undefined ? {} : { AWS_ACCESS_KEY_ID: accessKey }),
    ...(secretKey === undefined ? {} : { AWS_SECRET_ACCESS_KEY: secretKey }),
  };
}

/** Sets this AWS environment and no other AWS variable. Call what it returns to have the former ones back. */
export function useAwsEnv(env: Readonly<Record<string, string>>): () => void {
  const former = awsVariables();
  replaceAwsVariables(env);
  return () => replaceAwsVariables(former);
}

/** Runs with this AWS environment and no other AWS variable, and puts the former ones back. Not for two at once. */
export async function withAwsEnv<T>(
  env: Readonly<Record<string, string>>,
  run: () => Promise<T>,
): Promise<T> {
  const restore = useAwsEnv(env);
  try {
    return await run();
  } finally {
    restore();
  }
}

function awsVariables(): Record<string, string | undefined> {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => name.startsWith('AWS_')));
}

function replaceAwsVariables(env: Readonly<Record<string, string | undefined>>): void {
  for (const name of Object.keys(awsVariables())) delete process.env[name];
  Object.assign(process.env, env);
}
