/** What Temporal wraps around a reason, and what says nothing by itself. */
const SAYS_NOTHING =
  /^(Workflow execution (failed|cancelled)|Activity (task|execution) (failed|timed out)|Child Workflow execution failed)$/i;

/** The reasons of a failed run, from the outside in, each once; the error's own words where there are none. */
export function reasonsOf(error: unknown): string {
  const reasons: string[] = [];
  for (let at = error, depth = 0; at instanceof Error && depth < 10; at = at.cause, depth += 1)
    if (!SAYS_NOTHING.test(at.message) && !reasons.includes(at.message)) reasons.push(at.message);
  return reasons.join(': ') || (error instanceof Error ? error.message : String(error));
}
