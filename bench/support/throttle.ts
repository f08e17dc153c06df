import { cpuSecondsOf } from './process.js';

/** How often a process is looked at. */
const LOOK_MS = 20;
/** What it may take at once after it was idle, in seconds of a processor. */
const BURST_SECONDS = 0.05;

/**
 * Holds processes to a share of one core each, as `cpulimit` does: whoever has taken more than its share of the time so far is stopped
 * (SIGSTOP) until that is no longer so. What it does not take it does not save up. No right and no cgroup is needed.
 * The function that comes back lets them all go.
 */
export function throttle(pids: readonly number[], share: number): () => void {
  const states = pids.map((pid) => ({ pid, credit: 0, taken: cpuSecondsOf(pid), isStopped: false }));
  let lastMs = performance.now();
  const timer = setInterval(() => {
    const nowMs = performance.now();
    const earned = ((nowMs - lastMs) / 1_000) * share;
    lastMs = nowMs;
    for (const state of states) {
      const taken = cpuSecondsOf(state.pid);
      state.credit = Math.min(state.credit + earned - (taken - state.taken), BURST_SECONDS);
      state.taken = taken;
      if (state.isStopped === state.credit < 0) continue;
      state.isStopped = !state.isStopped;
      process.kill(state.pid, state.isStopped ? 'SIGSTOP' : 'SIGCONT');
    }
  }, LOOK_MS);
  return () => {
    clearInterval(timer);
    for (const { pid, isStopped } of states) if (isStopped) process.kill(pid, 'SIGCONT');
  };
}
