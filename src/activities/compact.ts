import type { Hour } from '../domain/hour.js';
import { LIMITS } from '../domain/limits.js';
import type { QuarantineReason } from '../domain/reason.js';
import { decodeDecrypted, encodeCompacted } from '../domain/staged-form.js';
import { type CompactedWindow, compactingWindow } from '../domain/window.js';
import { breathe, inSlices } from './breathe.js';
import type { Activities } from './contract.js';
import type { ActivityDeps } from './deps.js';
import { stage, unstage } from './lake.js';
import { currentPulse } from './pulse.js';

export const createCompact =
  ({ storage, urls }: ActivityDeps): Activities['compact'] =>
  async ({ staging, decrypted }) => {
    const pulse = currentPulse();
    const staged: Buffer[] = [];
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
      await breathe();
      const compacted = await inSlices(compactingWindow(window, urls));
      if (!window.context && isTooMuch(hours, compacted)) {
        rest.push(window.raw);
        continue;
      }
      // As bytes at once: what lives on as objects costs more in garbage collection than in work.
      staged.push(Buffer.from(encodeCompacted(compacted)));
      if (window.context) continue;
      records += compacted.entries.length;
      for (const { reason } of compacted.refusals) quarantined[reason] = (quarantined[reason] ?? 0) + 1;
      if (compacted.newestEventMs !== null) {
        newestEventMs = Math.max(newestEventMs ?? compacted.newestEventMs, compacted.newestEventMs);
      }
    }
    return {
      compacted: await stage(storage, `${staging}compacted`, Buffer.concat(staged), records),
      quarantined,
      newestEventMs,
      ...(rest.length > 0 ? { rest } : {}),
    };
  };

/** Whether the batch, which has something already, would have too many hours with this answer; otherwise they are added. */
function isTooMuch(hours: Set<Hour>, { entries }: CompactedWindow): boolean {
  const before = hours.size;
  const added: Hour[] = [];
  for (const { hour } of entries) {
    if (hours.has(hour)) continue;
    hours.add(hour);
    added.push(hour);
  }
  if (before === 0 || hours.size <= LIMITS.batchHoursMax) return false;
  for (const hour of added) hours.delete(hour);
  return true;
}
