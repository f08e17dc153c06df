import type { Bench, BenchOutcome, StoredResult } from './bench.js';
import { calm, currentCommit, describeMachine, processorTimes, stolenSince } from './machine.js';
import { ROOT } from './process.js';
import { type ResultsDir, storeResult } from './results.js';

const NOTHING: BenchOutcome = { tables: [], notes: [], headlines: [] };

/** Runs one bench and keeps what it found, or why it failed. Never throws for a failure of the bench. */
export async function runBench(
  bench: Bench,
  { quick, out }: { readonly quick: boolean; readonly out: ResultsDir },
): Promise<boolean> {
  if (!quick) await calm();
  const machine = describeMachine();
  const times = processorTimes();
  const say = (text: string): void => void process.stderr.write(`${bench.name}: ${text}\n`);
  say(`${bench.title}${quick ? ', quick' : `, about ${bench.minutes} min`}`);
  if (!machine.quiet)
    say(
      `NOT QUIET: load ${machine.load} on ${machine.cores} cores. The figures will be worse than they are.`,
    );
  const startMs = Date.now();
  const ends: (() => Promise<void> | void)[] = [];
  let outcome = NOTHING;
  let error: string | undefined;
  try {
    outcome = await bench.run({ quick, say, onEnd: (cleanUp) => void ends.unshift(cleanUp) });
  } catch (thrown) {
    error = thrown instanceof Error ? thrown.message : String(thrown);
    say(`FAILED: ${error}`);
  }
  for (const end of ends) {
    try {
      await end();
    } catch (thrown) {
      say(`while cleaning up: ${String(thrown)}`);
    }
  }
  const seconds = Math.round((Date.now() - startMs) / 1_000);
  const result: StoredResult = {
    name: bench.name,
    title: bench.title,
    startedAt: new Date(startMs).toISOString(),
    seconds,
    commit: currentCommit(ROOT),
    machine: { ...machine, ...stolenSince(times) },
    ...outcome,
    ...(error === undefined ? {} : { error }),
  };
  storeResult(out, result);
  for (const { what, value, against } of outcome.headlines)
    say(`${what}: ${value}${against ? ` (${against})` : ''}`);
  say(`done in ${seconds} s`);
  return error === undefined;
}
