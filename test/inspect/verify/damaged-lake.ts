import { cp, mkdtemp, realpath, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { gunzip, gzip } from '../../../src/bytes/gzip.js';
import type { Hour } from '../../../src/dataset/hour.js';
import { ledgerKey } from '../../../src/lake/keys.js';
import { openFolder } from '../../../src/storage/folder.js';
import type { Storage } from '../../../src/storage/port.js';
import {
  Bench,
  DATASET,
  envelope,
  envelopes,
  HOUR_12,
  HOUR_13,
  MINUTE,
  T13,
} from '../../activities/bench.js';

/** The first object of 13 o'clock, which a later revision replaced. */
export interface Sample {
  readonly bench: Bench;
  readonly formerObject: Buffer;
}

/**
 * A lake with something of everything: two sealed hours that share answers, duplicates, a gap, a late record and so a second
 * revision, records in quarantine with and without an hour, a conflict, an open hour, and an answer that is yet to be carried.
 */
export async function sampleLake(): Promise<Sample> {
  const bench = await Bench.open();
  const first = [...envelopes(1, 6, T13 - 3_000), envelope(7, T13 + MINUTE, { activity: 5 })];
  await bench.archiveAndCarry(T13 + 2 * MINUTE, first, 'a');
  const second = [
    ...envelopes(4, 6, T13),
    ...envelopes(10, 14, T13 + 3 * MINUTE),
    { recordId: 15, data: 'x' },
  ];
  await bench.archiveAndCarry(T13 + 4 * MINUTE, second, 'b');
  await bench.archiveAndCarry(T13 + 5 * MINUTE, [envelope(5, T13 + 1_000, { activity: 'other' }), null], 'c');
  await bench.sealAll([HOUR_12, HOUR_13]);
  const object = (await bench.ledger(HOUR_13)).object?.key ?? '';
  const formerObject = (await bench.storage.get(object)).body;
  await bench.archiveAndCarry(T13 + 70 * MINUTE, [envelope(16, T13 + 10 * MINUTE)], 'd');
  await bench.sealAll([HOUR_13]);
  await bench.archiveAndCarry(T13 + 71 * MINUTE, envelopes(17, 19, T13 + 65 * MINUTE), 'e');
  // Just now: it waits for the end of its slot.
  await bench.archive(Date.now() - MINUTE, envelopes(20, 21, T13 + 66 * MINUTE));
  return { bench, formerObject };
}

/** A copy of the sample that may be damaged. */
export class Copy {
  private constructor(
    readonly dir: string,
    readonly uri: string,
    readonly storage: Storage,
  ) {}

  static async of(bench: Bench): Promise<Copy> {
    const dir = await realpath(await mkdtemp(path.join(os.tmpdir(), 'fernlake-copy-')));
    await cp(path.join(bench.dir, 'lake'), path.join(dir, 'lake'), { recursive: true });
    const uri = pathToFileURL(path.join(dir, 'lake')).href;
    return new Copy(dir, uri, await openFolder(uri));
  }

  async remove(): Promise<void> {
    await rm(this.dir, { recursive: true, force: true });
  }

  async keys(prefix: string): Promise<string[]> {
    const keys: string[] = [];
    for await (const { key } of this.storage.list(prefix)) keys.push(key);
    return keys;
  }

  /** Rewrites the lines of a packed object. */
  async rewrite(key: string, change: (lines: string[]) => readonly string[]): Promise<void> {
    const lines = (await gunzip((await this.storage.get(key)).body, 1e9)).toString().split('\n').slice(0, -1);
    await this.storage.put(
      key,
      await gzip(
        Buffer.from(
          change(lines)
            .map((line) => `${line}\n`)
            .join(''),
        ),
      ),
    );
  }

  async rewriteLedger(hour: Hour, change: (ledger: Record<string, unknown>) => void): Promise<void> {
    const key = ledgerKey(DATASET, hour);
    const ledger = JSON.parse((await this.storage.get(key)).body.toString()) as Record<string, unknown>;
    change(ledger);
    await this.storage.put(key, Buffer.from(JSON.stringify(ledger)));
  }
}
