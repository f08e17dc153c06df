import { FernlakeError, type FailureCode, type FailureKind } from '../../errors.js';
import { factsOf, type S3Facts } from '../../storage/s3-facts.js';

/** What was asked of Glue. */
export interface GlueCall {
  /** With its object, completes "cannot …": `register 2023-04-20T13 with fernlake.logs`. */
  readonly what: string;
  /** In IAM. */
  readonly permission: string;
  /** Of the client; undefined where none is set. */
  readonly region: string | undefined;
}

type Verdict = [FailureCode, FailureKind, string];

const CREDENTIALS =
  /^(CredentialsProviderError|TokenProviderError|ExpiredToken|UnrecognizedClient|InvalidSignature|InvalidClientTokenId)/;
const BUSY =
  /^(Throttling|TooManyRequests|RequestTimeout|OperationTimeout|InternalService|InternalFailure|ServiceUnavailable|ConcurrentModification|ResourceNotReady)/;
const WORDS_MAX = 200;

/** Fernlake's error for what Glue or the SDK said; what is neither comes back as it is. */
export function glueError(error: unknown, call: GlueCall): unknown {
  const facts = error instanceof FernlakeError ? undefined : factsOf(error);
  if (facts === undefined) return error;
  const { name, status, attempts, requestId } = facts;
  const refusal = refusalOf(facts, call);
  const [code, kind, why]: Verdict = refusal
    ? ['CatalogDenied', 'terminal', refusal]
    : [
        'CatalogBusy',
        'transient',
        `${status === undefined ? 'no answer' : `Glue said ${status}`} (${name}); it is tried again`,
      ];
  return new FernlakeError(code, kind, `cannot ${call.what} (region ${call.region ?? 'unknown'}): ${why}`, {
    details: { reason: name, status: status ?? null, attempts, requestId: requestId ?? null },
    cause: Object.assign(new Error(`${name}, status ${status ?? 'none'}`), { code: name }),
    ...(facts.retryAfterMs === undefined ? {} : { retryAfterMs: facts.retryAfterMs }),
  });
}

/** Why no other attempt would fare better, with the mend; undefined when one might. */
function refusalOf(facts: S3Facts, { permission }: GlueCall): string | undefined {
  const { name, status = 0, message } = facts;
  if (facts.isRegionMissing) return 'no AWS region is set: set AWS_REGION to the region of the tables';
  if (CREDENTIALS.test(name))
    return `the AWS credentials do not serve (${name}): check the profile or role (aws sts get-caller-identity)`;
  if (BUSY.test(name) || status === 0 || status === 408 || status === 429 || status >= 500) return undefined;
  if (name === 'EntityNotFoundException')
    return 'there is no such database or table: make them with npx fernlake ddl glue --apply --partitions explicit';
  if (/^AccessDenied/.test(name) || status === 401 || status === 403)
    return `access denied: the permission ${permission} is missing. Add it to the policy of whoever runs this`;
  return `Glue said ${status} ${name}: ${message.slice(0, WORDS_MAX)}`;
}
