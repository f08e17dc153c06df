import type { S3Request } from '../support/s3-access-log.js';

/** As S3 charges requests: what writes or lists, what reads, and what is free. */
export type Kind = 'PUT' | 'LIST' | 'GET' | 'HEAD' | 'DELETE';

/**
 * US dollars for a thousand requests to S3 Standard in us-east-1 (https://aws.amazon.com/s3/pricing/). DELETE and CANCEL are
 * free there; DeleteObjects, a POST by its form, counts as a delete.
 */
export const USD_PER_1000: Readonly<Record<Kind, number>> = {
  PUT: 0.005,
  LIST: 0.005,
  GET: 0.0004,
  HEAD: 0.0004,
  DELETE: 0,
};
export const KINDS = Object.keys(USD_PER_1000) as Kind[];
/** 365.25 days, a twelfth. */
export const HOURS_A_MONTH = 730.5;

const OPERATIONS: readonly (readonly [RegExp, Kind])[] = [
  [/^List/, 'LIST'],
  [/^Get/, 'GET'],
  [/^Head/, 'HEAD'],
  [/^(Delete|Abort)/, 'DELETE'],
  [/^(Put|Create|Complete|Upload|Copy)/, 'PUT'],
];

/** Throws for an operation of which nobody has said what it costs. */
export function kindOf({ operation }: Pick<S3Request, 'operation'>): Kind {
  const found = OPERATIONS.find(([pattern]) => pattern.test(operation))?.[1];
  if (found === undefined) throw new Error(`what does ${operation} cost?`);
  return found;
}

export type Counts = Readonly<Record<Kind, number>>;

export function countKinds(requests: readonly S3Request[]): Counts {
  const counts = { PUT: 0, LIST: 0, GET: 0, HEAD: 0, DELETE: 0 };
  for (const request of requests) counts[kindOf(request)] += 1;
  return counts;
}

export const usdOf = (counts: Counts): number =>
  KINDS.reduce((sum, kind) => sum + (counts[kind] / 1_000) * USD_PER_1000[kind], 0);
