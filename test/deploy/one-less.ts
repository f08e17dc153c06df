import type { PolicyDocument, Statement } from './worker-policy.js';

/** One right of the worker's role: an action in one place. */
export interface Grant {
  readonly action: string;
  /** The place's prefix in the bucket (`raw/logs/`); empty for one that is of the whole bucket. */
  readonly place: string;
}

const all = <T>(one: T | T[]): T[] => [one].flat() as T[];
const placeOf = (resource: string): string => /^arn:aws:s3:::[^/]+\/?(.*?)\*?$/.exec(resource)?.[1] ?? '';
const listed = ({ Condition }: Statement): string[] =>
  all<string>(Condition?.['StringLikeIfExists']?.['s3:prefix'] ?? []);

/** Every right by itself: each action with each of its resources; a listing with each prefix that it is granted for. */
export function grantsOf(policy: PolicyDocument): Grant[] {
  return policy.Statement.flatMap((statement) => {
    const prefixes = listed(statement).map((pattern) => pattern.replace(/\*$/, ''));
    const places = prefixes.length > 0 ? prefixes : all(statement.Resource).map(placeOf);
    return all(statement.Action).flatMap((action) => places.map((place) => ({ action, place })));
  });
}

/** The same policy without this one right. */
export function without(policy: PolicyDocument, { action, place }: Grant): PolicyDocument {
  const Statement = policy.Statement.flatMap((statement): Statement[] => {
    if (!all(statement.Action).includes(action)) return [statement];
    const others = all(statement.Action).filter((other) => other !== action);
    const prefixes = listed(statement).filter((pattern) => pattern !== `${place}*`);
    const resources = all(statement.Resource).filter((resource) => placeOf(resource) !== place);
    const rest: Statement =
      listed(statement).length > 0
        ? { ...statement, Action: action, Condition: { StringLikeIfExists: { 's3:prefix': prefixes } } }
        : { ...statement, Action: action, Resource: resources };
    const isEmpty = listed(statement).length > 0 ? prefixes.length === 0 : resources.length === 0;
    return [...(others.length > 0 ? [{ ...statement, Action: others }] : []), ...(isEmpty ? [] : [rest])];
  });
  return { ...policy, Statement };
}

/** As a bucket policy: the same statements, said of one principal. */
export const bucketPolicy = (policy: PolicyDocument, principal: string): string =>
  JSON.stringify({
    ...policy,
    Statement: policy.Statement.map((statement) => ({ ...statement, Principal: principal })),
  });
