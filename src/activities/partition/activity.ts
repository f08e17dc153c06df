import { readEntryTable } from '../compact/entry-table.js';
import type { Part } from '../manifest.js';
import { packSegments } from './pack-segments.js';
import { encodeQuarantine } from '../../lake/quarantine-entry.js';
import { gapsBetween, hoursWithNews } from './table-news.js';
import type { Activities } from '../contract.js';
import type { ActivityDeps } from '../deps.js';
import { eachRefused } from './envelopes.js';
import { inParallel } from '../../lake/in-parallel.js';
import { stage, unstage } from '../staging.js';
import { giveBack } from '../memory.js';
import { currentPulse } from '../pulse.js';

const WRITES_AT_ONCE = 8;

export const createPartition =
  ({ storage }: ActivityDeps): Activities['partition'] =>
  async ({ dataset, staging, compacted, slot, n, again = false }) => {
    const pulse = currentPulse();
    const input = await unstage(storage, compacted);
    const table = readEntryTable(input);
    const windows = table.windows.filter((window) => !window.context);
    const packed = packSegments(table, gapsBetween(table));
    const news = hoursWithNews(table);
    const segments = await inParallel(
      packed,
      WRITES_AT_ONCE,
      async ({ hour, bytes, entries }): Promise<Part> => {
        pulse.beat();
        const ref = await stage(storage, `${staging}segment-${hour}`, bytes(), entries);
        return { kind: 'segment', ref, hour, slot, n };
      },
    );
    giveBack(input);
    const quarantined = await eachRefused(
      storage,
      dataset,
      windows,
      again,
      async (raw, entries): Promise<Part> => {
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
      hours: packed.map(({ hour }) => hour),
      news,
      entries: windows.reduce((sum, { from, end }) => sum + end - from, 0),
    };
  };
