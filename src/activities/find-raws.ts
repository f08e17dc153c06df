import { hourOfPartition } from '../domain/hour.js';
import {
  ledgerPrefix,
  quarantineKey,
  quarantinePrefix,
  rawKey,
  rawNameOf,
  rawPrefix,
  segmentsPrefix,
} from '../domain/lake-keys.js';
import { decodeLedger } from '../domain/ledger.js';
import { LIMITS } from '../domain/limits.js';
import { decodeQuarantine } from '../domain/quarantine.js';
import { decodeSegmentHeader } from '../domain/segment.js';
import { compactWindow, decryptWindow, parseWindow } from '../domain/window.js';
import type { Storage } from '../storage/port.js';
import type { Activities, FindResult } from './contract.js';
import type { ActivityDeps } from './deps.js';
import { quarantinedNameAt, rawNameAt, readPacked, readRaw } from './lake.js';
import { currentPulse } from './pulse.js';

/** Answers that stand in no ledger, no segment and no quarantine object: nobody has carried them. */
export const createFindUncarried =
  ({ storage }: Pick<ActivityDeps, 'storage'>): Activities['findUncarried'] =>
  async ({ dataset, after }) => {
    const carried = await carriedRaws(storage, dataset);
    return await page({ storage, dataset, after, ...RAW }, async (name) => !carried.has(name));
  };

/** Answers of which something in quarantine would be judged otherwise today: a key came, or a rule. */
export const createFindRedrivable =
  ({
    storage,
    keyRing,
    urls,
  }: Pick<ActivityDeps, 'storage' | 'keyRing' | 'urls'>): Activities['findRedrivable'] =>
  async ({ dataset, after }) => {
    const ring = await keyRing();
    return await page({ storage, dataset, after, ...QUARANTINE }, async (name, key) => {
      const text = (await readPacked(storage, key))?.toString('utf8') ?? '';
      const stored = decodeQuarantine(text).filter((entry) => entry.reason !== 'conflicting-duplicate');
      if (stored.length === 0) return false;
      const body = await readRaw(storage, dataset, name);
      if (!body) return false;
      const { refusals } = compactWindow(decryptWindow(name, parseWindow(body), ring), urls);
      const now = new Map(refusals.map(({ index, reason }) => [index, reason]));
      return stored.some(({ index, reason }) => now.get(index) !== reason);
    });
  };

export const createListSealed =
  ({ storage }: Pick<ActivityDeps, 'storage'>): Activities['listSealed'] =>
  async ({ dataset, from, to }) => {
    const hours = [];
    for await (const { key } of storage.list(ledgerPrefix(dataset))) {
      const hour = hourOfPartition(key);
      if (hour && (from === null || hour >= from) && (to === null || hour <= to)) hours.push(hour);
    }
    return hours;
  };

interface Place {
  readonly prefixOf: (dataset: string) => string;
  readonly keyOf: (dataset: string, name: string) => string;
  readonly nameAt: (dataset: string, key: string) => string | undefined;
}
const RAW: Place = { prefixOf: rawPrefix, keyOf: rawKey, nameAt: rawNameAt };
const QUARANTINE: Place = { prefixOf: quarantinePrefix, keyOf: quarantineKey, nameAt: quarantinedNameAt };

/** The next names that are wanted, ascending; other files that lie there are passed over. */
async function page(
  where: Place & { readonly storage: Storage; readonly dataset: string; readonly after: string | null },
  wanted: (name: string, key: string) => Promise<boolean>,
): Promise<FindResult> {
  const { storage, dataset, after, prefixOf, keyOf, nameAt } = where;
  const pulse = currentPulse();
  const startAfter = after === null ? '' : keyOf(dataset, after);
  const raws: string[] = [];
  for await (const { key } of storage.list(prefixOf(dataset), { startAfter })) {
    pulse.beat();
    const name = nameAt(dataset, key);
    if (name === undefined || !(await wanted(name, key))) continue;
    raws.push(name);
    if (raws.length === LIMITS.surveyRawsMax) return { raws, next: name };
  }
  return { raws, next: null };
}

async function carriedRaws(storage: Storage, dataset: string): Promise<Set<string>> {
  const pulse = currentPulse();
  const carried = new Set<string>();
  for await (const { key } of storage.list(ledgerPrefix(dataset))) {
    pulse.beat();
    const { raw } = decodeLedger((await storage.get(key)).body.toString('utf8'));
    for (const rawObject of raw) carried.add(rawNameOf(rawObject));
  }
  for await (const { key } of storage.list(segmentsPrefix(dataset))) {
    pulse.beat();
    // Gone in the meantime: then it is sealed, and carrying its answers again changes nothing.
    const text = (await readPacked(storage, key))?.toString('utf8');
    for (const raw of text ? decodeSegmentHeader(text.slice(0, text.indexOf('\n'))).raws : [])
      carried.add(raw);
  }
  for await (const { key } of storage.list(quarantinePrefix(dataset))) {
    const name = quarantinedNameAt(dataset, key);
    if (name !== undefined) carried.add(name);
  }
  return carried;
}
