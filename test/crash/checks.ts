import { auditLake } from '../../src/inspect/verify/audit-lake.js';
import { quarantinedTotal } from '../../src/lake/ledger.js';
import { openStorage } from '../../src/storage/open.js';
import { ledgers, tableBytes } from '../support/lake.js';
import { depsOf, type Scene } from './scene.js';

/** What must not depend on what went wrong: every object's bytes, and what the ledgers say of them. */
export type Outcome = Readonly<Record<string, string>>;

/** Tokens and times differ from scene to scene, hence how often a record was seen does, too: that is left to the audit. */
export async function outcomeOf(scene: Scene): Promise<Outcome> {
  const storage = await openStorage(scene.lake.uri, { forcePathStyle: true });
  const outcome: Record<string, string> = {};
  for (const [key, bytes] of await tableBytes(storage, scene.name)) outcome[key] = bytes.toString('base64');
  for (const [hour, ledger] of await ledgers(storage, scene.name)) {
    const { landed, ids, complete, object, sizes, keys, quarantined } = ledger;
    const { bytes, sha256, rows } = object ?? {};
    outcome[hour] = JSON.stringify({
      landed,
      ids,
      complete,
      bytes,
      sha256,
      rows,
      sizes,
      keys,
      refused: Object.keys(quarantined).sort(),
    });
  }
  return outcome;
}

/** What differs from the undisturbed play, in words; empty where nothing does. */
export function differences(expected: Outcome, actual: Outcome): string[] {
  const names = [...new Set([...Object.keys(expected), ...Object.keys(actual)])].sort();
  return names.flatMap((name) => {
    const [was, is] = [expected[name], actual[name]];
    if (was === is) return [];
    if (is === undefined) return [`${name} is not there`];
    if (was === undefined) return [`${name} should not be there`];
    return [name.includes('/') ? `${name} has other bytes` : `${name}: ${is} in place of ${was}`];
  });
}

/** What `fernlake verify` says against the lake, and records that have not reached a ledger. */
export async function auditFindings(scene: Scene): Promise<string[]> {
  const { storage, keyRing, form } = await depsOf(scene);
  const report = await auditLake({
    storage,
    dataset: scene.name,
    ring: await keyRing(),
    form,
  });
  const found = report.findings.map(({ where, what }) => `verify: ${where} ${what}`);
  if (report.open + report.uncarried > 0)
    found.push(`verify: ${report.open} open, ${report.uncarried} not carried`);
  const sum = report.landed + report.duplicates + report.quarantined;
  if (sum !== report.records) found.push(`verify: ${report.records} records, ${sum} accounted for`);
  for (const [hour, { seen, landed, duplicates, quarantined }] of await ledgers(storage, scene.name)) {
    if (seen !== landed + duplicates + quarantinedTotal(quarantined))
      found.push(`${hour}: the ledger does not add up`);
  }
  return found;
}
