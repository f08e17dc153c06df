/** What to say of a Temporal server that knows us and refuses (commands, doctor). */
export const DENIED = {
  what: 'the Temporal server refuses: the API key is wrong, has ended, or has no right to this namespace',
  mend:
    'set a key (TEMPORAL_API_KEY) with write on the namespace (TEMPORAL_NAMESPACE); on Temporal Cloud, check that the ' +
    "address is the region's endpoint and the namespace is written with its account",
} as const;

/** gRPC's PERMISSION_DENIED and UNAUTHENTICATED. */
const CODES = new Set<unknown>([7, 16]);
const WORDS = /PermissionDenied|does not have permission|Request unauthorized|Unauthenticated/i;
const DEPTH_MAX = 5;

/** By code where the client of gRPC threw it, by words where the native one did: that has only a text. */
export function isDenied(error: unknown): boolean {
  let each = error as { code?: unknown; message?: unknown; cause?: unknown } | null | undefined;
  for (let depth = 0; each && depth < DEPTH_MAX; depth += 1) {
    if (CODES.has(each.code) || (typeof each.message === 'string' && WORDS.test(each.message))) return true;
    each = each.cause as typeof each;
  }
  return false;
}
