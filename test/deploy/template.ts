import assert from 'node:assert/strict';
import { parse, type CollectionTag, type ScalarTag, YAMLMap, YAMLSeq } from 'yaml';
import { readRepoFile } from './files.js';

export const TEMPLATE = 'deploy/aws/fernlake.template.yaml';

export type Json = string | number | boolean | null | Json[] | { [key: string]: Json };

export type Properties = { [key: string]: Json };

export interface Resource {
  readonly Type: string;
  readonly Condition?: string;
  readonly DeletionPolicy?: string;
  readonly UpdateReplacePolicy?: string;
  readonly Properties: { [key: string]: Json };
}

export interface Parameter {
  readonly Type: string;
  readonly Default?: string | number;
  readonly AllowedPattern?: string;
}

export interface Template {
  readonly Parameters: Record<string, Parameter>;
  readonly Conditions: Record<string, Json>;
  readonly Resources: Record<string, Resource>;
}

/** `!Ref x` is `{Ref: x}`, `!Sub x` is `{'Fn::Sub': x}`; `!GetAtt a.b` stays text, which is enough here. */
const longName = (tag: string): string => (tag === 'Ref' || tag === 'Condition' ? tag : `Fn::${tag}`);

const customTags = [
  'Ref',
  'Sub',
  'GetAtt',
  'If',
  'Not',
  'And',
  'Or',
  'Equals',
  'Select',
  'Split',
  'Join',
  'Condition',
].flatMap((tag): (ScalarTag | CollectionTag)[] => [
  { tag: `!${tag}`, resolve: (text: string) => ({ [longName(tag)]: text }) },
  {
    tag: `!${tag}`,
    collection: 'seq',
    resolve: (seq) => {
      assert.ok(seq instanceof YAMLSeq);
      const map = new YAMLMap();
      map.set(longName(tag), seq);
      return map;
    },
  },
]);

export const loadTemplate = (): Template => parse(readRepoFile(TEMPLATE), { customTags }) as Template;

/**
 * What CloudFormation would make of `value`: `Ref`, `Fn::Sub`, `Fn::GetAtt`, `Fn::If`, `Fn::Select` and `Fn::Split` replaced.
 * `names` maps what they refer to (`Dataset`, `Lake.Arn`, `AWS::Region`); `conditions` says which hold (else false).
 */
export function evaluate(
  value: Json,
  names: Readonly<Record<string, string>>,
  conditions: Readonly<Record<string, boolean>> = {},
): Json | undefined {
  const named = (name: string): string => {
    const found = names[name];
    assert.ok(found !== undefined, `the template refers to ${name}, for which no value was given`);
    return found;
  };
  const visit = (each: Json): Json | undefined => evaluate(each, names, conditions);
  if (value === null || typeof value !== 'object') return value;
  if (Array.isArray(value)) return value.map(visit).filter((each) => each !== undefined);
  const { Ref: ref, 'Fn::GetAtt': attribute, 'Fn::Sub': text, 'Fn::If': choice } = value;
  const { 'Fn::Select': list, 'Fn::Split': parts } = value;
  if (ref === 'AWS::NoValue') return undefined;
  if (typeof ref === 'string') return named(ref);
  if (typeof attribute === 'string') return named(attribute);
  if (Array.isArray(text)) {
    const [inner = '', more = {}] = text;
    const added = visit(more) as Record<string, string>;
    return evaluate({ 'Fn::Sub': inner }, { ...names, ...added }, conditions);
  }
  if (Array.isArray(list)) {
    const [at, items = []] = list.map(visit);
    return (items as Json[])[Number(at)];
  }
  if (Array.isArray(parts)) {
    const [by, whole] = parts.map(visit) as [string, string];
    return whole.split(by);
  }
  if (typeof text === 'string') {
    return text.replaceAll(/\$\{(!?)([^}]+)\}/g, (_all, literal: string, name: string) =>
      literal ? `\${${name}}` : named(name),
    );
  }
  if (Array.isArray(choice)) {
    const [condition, yes = null, no = null] = choice;
    assert.ok(typeof condition === 'string', 'the first of Fn::If is the name of a condition');
    return visit(conditions[condition] ? yes : no);
  }
  const entries = Object.entries(value).map(([key, each]) => [key, visit(each)] as const);
  return Object.fromEntries(entries.filter((entry): entry is [string, Json] => entry[1] !== undefined));
}

/** A resource's properties as CloudFormation would see them, with the parameters' defaults. */
export function properties(
  name: string,
  conditions: Record<string, boolean> = {},
  parameters: Record<string, string> = {},
): Properties {
  const template = loadTemplate();
  const resource = template.Resources[name];
  assert.ok(resource, `no resource ${name}`);
  const defaults = Object.entries(template.Parameters).map(([key, { Default }]): [string, string] => [
    key,
    String(Default ?? key),
  ]);
  const names: Record<string, string> = {
    ...Object.fromEntries(defaults),
    Lake: 'lake',
    'Lake.Arn': 'arn:aws:s3:::lake',
    Results: 'results',
    'Results.Arn': 'arn:aws:s3:::results',
    Logs: 'fernlake-Logs-1',
    'WorkerSecurityGroup.GroupId': 'sg-1',
    'AWS::StackName': 'fernlake',
    'AWS::AccountId': '123456789012',
    'AWS::Partition': 'aws',
    'AWS::Region': 'eu-central-1',
    Database: 'fernlake',
    WorkerRole: 'worker',
    Worker: 'i-0123456789abcdef0',
    Alerts: 'arn:aws:sns:eu-central-1:123456789012:alerts',
    ...parameters,
  };
  return evaluate(resource.Properties, names, conditions) as Properties;
}
