import type { Hour } from '../domain/hour.js';
import { LIMITS } from '../domain/limits.js';
import type { QuarantineReason } from '../domain/reason.js';
import { decodeDecrypted, encodeCompacted } from '../domain/staged-form.js';
import { type CompactedWindow, compactWindow } from '../domain/window.js';
import type { Activities } from './contract.js';
import type { ActivityDeps } from './deps.js';
import { stage, unstage } from './lake.js';
import { currentPulse } from './pulse.js';

export const createCompact =
  ({ storage, urls }: ActivityDeps): Activities['compact'] =>
  async ({ staging, decrypted }) => {
    const pulse = currentPulse();
    const windows: CompactedWindow[] = [];
    const quarantined: Partial<Record<QuarantineReason, number>> = {};
    let newestEventMs: number | null = null;
    let records = 0;
    const hours = new Set<Hour>();
    const rest: string[] = [];
    for (const window of decodeDecrypted(await unstage(storage, decrypted))) {
      pulse.beat();
      if (rest.length > 0) {
        rest.push(window.raw);
        continue;
      }
      const compacted = compactWindow(window, urls);
      if (!window.context && isTooMuch(hours, compacted)) {
        rest.push(window.raw);
        continue;
      }
      windows.push(compacted);
      if (window.context) continue;
      records += compacted.entries.length;
      for (const { reason } of compacted.refusals) quarantined[reason] = (quarantined[reason] ?? 0) + 1;
      if (compacted.newestEventMs !== null) {
        newestEventMs = Math.max(newestEventMs ?? compacted.newestEventMs, compacted.newestEventMs);
      }
    }
    return {
      compacted: await stage(storage, `${staging}compacted`, encodeCompacted(windows), records),
      quarantined,
      newestEventMs,
      ...(rest.length > 0 ? { rest } : {}),
    };
  };

/** Whether the batch, which has something already, would have too many hours with this answer; otherwise they are added. */
function isTooMuch(hours: Set<Hour>, { entries }: CompactedWindow): boolean {
  const all = new Set([...hours, ...entries.map(({ hour }) => hour)]);
  if (hours.size > 0 && all.size > LIMITS.batchHoursMax) return true;
  for (const hour of all) hours.add(hour);
  return false;
}
