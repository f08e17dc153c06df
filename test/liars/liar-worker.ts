/**
 * Carries what a lying source answers, in a process of its own, so that its memory can be told from the liar's. The parent
 * sends the address once and then a dataset for each lie; every answer says what became of it, and how large we have grown.
 */
import { LOG_FORM } from '../support/forms.js';
import { ApplicationFailure } from '@temporalio/common';
import { DEMO_KEY } from '../../examples/source-server/index.js';
import { createActivities } from '../../src/activities/index.js';
import { auditLake } from '../../src/inspect/verify/audit-lake.js';
import { summarizeQuarantine } from '../../src/inspect/verify/quarantine-summary.js';
import { createKeyRing } from '../../src/dataset/fernet-keys.js';
import { diarySource } from '../support/diary-source.js';
import { claimLake } from '../../src/lake/stored-identity.js';
import { openFolder } from '../../src/storage/folder.js';
import { CODE } from '../../src/config/version.js';
import { keysUnder, ledgers, rowsOf } from '../support/lake.js';
import { carryAnswer } from './carry.js';

export interface LieOrder {
  readonly url: string;
  readonly lake: string;
  readonly dataset: string;
}

export interface LieReport {
  readonly failure: {
    readonly code: string;
    /** `waits`: the workflow is told, and waits. */
    readonly kind: 'terminal' | 'transient' | 'waits';
    readonly message: string;
  } | null;
  readonly landed: number;
  readonly rows: number;
  readonly duplicates: number;
  readonly quarantined: Readonly<Record<string, number>>;
  readonly raws: number;
  /** Appearances in segments whose hour is not sealed yet. */
  readonly open: number;
  readonly left: readonly string[];
  readonly findings: readonly string[];
  readonly polluted: boolean;
  readonly peakMib: number;
  readonly seconds: number;
}

const SAMPLE_EVERY_MS = 10;
const ring = createKeyRing([DEMO_KEY]);

process.on('message', (order: LieOrder) => {
  void report(order).then((told) => process.send?.(told));
});

async function report({ url, lake, dataset }: LieOrder): Promise<LieReport> {
  const startedMs = performance.now();
  const storage = await openFolder(lake);
  await claimLake(storage);
  const activities = createActivities(() => ({
    storage,
    source: diarySource({ url }),
    keyRing: () => Promise.resolve(ring),
    form: LOG_FORM,
    code: CODE,
  }));
  let peak = 0;
  const look = (): void => void (peak = Math.max(peak, process.memoryUsage.rss()));
  const timer = setInterval(look, SAMPLE_EVERY_MS);
  const failure = await carryAnswer(activities, dataset).then(() => null, failureOf);
  look();
  clearInterval(timer);
  const all = [...(await ledgers(storage, dataset))];
  let rows = 0;
  for (const [hour] of all) rows += (await rowsOf(storage, dataset, hour)).length;
  const quarantined: Record<string, number> = {};
  for (const { reason, appearances } of (await summarizeQuarantine(storage, dataset)).groups)
    quarantined[reason] = (quarantined[reason] ?? 0) + appearances;
  const audit = await auditLake({ storage, dataset, ring, form: LOG_FORM });
  return {
    failure,
    landed: all.reduce((sum, [, ledger]) => sum + ledger.landed, 0),
    rows,
    duplicates: all.reduce((sum, [, ledger]) => sum + ledger.duplicates, 0),
    quarantined,
    raws: audit.raws,
    open: audit.open,
    left: [
      ...(await keysUnder(storage, 'staging/')),
      ...(audit.open > 0 ? [] : await keysUnder(storage, `segments/${dataset}/`)),
    ].slice(0, 5),
    findings: audit.findings.map(({ where, what }) => `${where} ${what}`),
    polluted: 'polluted' in {},
    peakMib: peak / (1024 * 1024),
    seconds: (performance.now() - startedMs) / 1000,
  };
}

function failureOf(error: unknown): LieReport['failure'] {
  if (!(error instanceof ApplicationFailure))
    return { code: 'none', kind: 'terminal', message: String(error) };
  const [details] = (error.details ?? []) as { raw?: unknown; retryAfterMs?: unknown }[];
  const waits = details?.raw !== undefined || details?.retryAfterMs !== undefined;
  return {
    code: error.type ?? 'none',
    kind: waits ? 'waits' : error.nonRetryable === true ? 'terminal' : 'transient',
    message: error.message,
  };
}
