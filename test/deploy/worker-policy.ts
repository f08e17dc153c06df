import assert from 'node:assert/strict';
import { evaluate, type Json, loadTemplate } from './template.js';

export interface Statement {
  readonly Sid: string;
  readonly Effect: 'Allow';
  readonly Action: string | string[];
  readonly Resource: string | string[];
  readonly Condition?: { readonly [operator: string]: { readonly [key: string]: string | string[] } };
}

export interface PolicyDocument {
  readonly Version: string;
  readonly Statement: Statement[];
}

/**
 * All that the worker's role may do to the lake, from the CloudFormation template, for a bucket and a dataset:
 * for tests that run the pipeline against a server which enforces exactly this.
 */
export function workerPolicy({
  bucket,
  dataset = 'logs',
}: {
  bucket: string;
  dataset?: string;
}): PolicyDocument {
  const role = loadTemplate().Resources['WorkerRole'];
  assert.ok(role, 'the template has no WorkerRole');
  const policies = role.Properties['Policies'] as { PolicyName?: string; PolicyDocument: Json }[];
  const lake = policies.find((policy) => policy.PolicyName === 'lake');
  assert.ok(lake, 'WorkerRole has no policy `lake`');
  return evaluate(lake.PolicyDocument, {
    Dataset: dataset,
    'Lake.Arn': `arn:aws:s3:::${bucket}`,
  }) as unknown as PolicyDocument;
}

/** `s3:GetObject arn:…`: every action with every resource, sorted. */
export const grants = (policy: PolicyDocument): string[] =>
  policy.Statement.flatMap(({ Action, Resource }) =>
    [Action].flat().flatMap((action) => [Resource].flat().map((resource) => `${action} ${resource}`)),
  ).sort();
