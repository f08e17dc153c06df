import type { Part } from '../domain/manifest.js';
import { encodeQuarantine } from '../domain/quarantine.js';
import { buildSegment, encodeSegment } from '../domain/segment.js';
import { decodeCompacted } from '../domain/staged-form.js';
import { gapsBetween, groupByHour, hoursWithNews } from '../domain/window.js';
import type { Activities } from './contract.js';
import type { ActivityDeps } from './deps.js';
import { withEnvelopes } from './envelopes.js';
import { inParallel, stage, unstage } from './lake.js';
import { currentPulse } from './pulse.js';

const WRITES_AT_ONCE = 8;
/** Answers read again for their envelopes: each may have LIMITS.bodyBytesMax, and several times that once it is parsed. */
const ANSWERS_AT_ONCE = 2;

export const createPartition =
  ({ storage }: ActivityDeps): Activities['partition'] =>
  async ({ dataset, staging, compacted, slot, n, again = false }) => {
    const pulse = currentPulse();
    const staged = decodeCompacted((await unstage(storage, compacted)).toString('utf8'));
    const windows = staged.filter((window) => !window.context);
    const gaps = gapsBetween(staged);
    const groups = [...groupByHour(windows.flatMap((window) => window.entries))];
    const segments = await inParallel(groups, WRITES_AT_ONCE, async ([hour, entries]): Promise<Part> => {
      pulse.beat();
      const lost = gaps.get(hour);
      const segment = { ...buildSegment(hour, entries), ...(lost ? { gaps: lost } : {}) };
      const ref = await stage(
        storage,
        `${staging}segment-${hour}`,
        encodeSegment(segment),
        segment.entries.length,
      );
      return { kind: 'segment', ref, hour, slot, n };
    });
    const refused = windows.filter((window) => window.refusals.length > 0 || again);
    const quarantined = await inParallel(
      refused,
      ANSWERS_AT_ONCE,
      async ({ raw, refusals }): Promise<Part> => {
        pulse.beat();
        const entries = await withEnvelopes(storage, dataset, refusals);
        const ref = await stage(
          storage,
          `${staging}quarantine-${raw}`,
          encodeQuarantine(entries),
          entries.length,
        );
        return { kind: 'quarantine', ref, raw };
      },
    );
    const parts = [...segments, ...quarantined];
    return {
      manifest: await stage(storage, `${staging}parts`, JSON.stringify({ parts }), parts.length),
      hours: groups.map(([hour]) => hour),
      news: [...hoursWithNews(staged)].sort(),
      entries: groups.reduce((sum, [, entries]) => sum + entries.length, 0),
    };
  };
