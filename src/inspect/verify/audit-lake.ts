import pMap from 'p-map';
import { rawNameAt } from '../../lake/names.js';
import { readRaw } from '../../lake/answers.js';
import { readAnswer } from '../../activities/fetch/answer-reader.js';
import type { KeyRing } from '../../dataset/fernet-keys.js';
import { idShownBy } from '../../dataset/envelope.js';
import type { Hour } from '../../dataset/hour.js';
import { quarantineKey, rawKey, rawPrefix } from '../../lake/keys.js';
import { valueOf } from '../../lake/outcome.js';
import { readQuarantine } from '../../lake/quarantine.js';
import { type Ledger, quarantinedTotal } from '../../lake/ledger.js';
import type { Entry } from '../../lake/segment.js';
import type { RecordForm } from '../../dataset/form.js';
import { LakeForms } from '../../lake/definitions.js';
import {
  type CompactedWindow,
  type DecryptedWindow,
  decryptWindow,
  groupByHour,
  plainsOf,
} from './one-by-one.js';
import { windowByHours } from './window-by-hours.js';
import type { Storage } from '../../storage/port.js';
import { GapAudit } from './audit-gaps.js';
import { definitionFindings } from './audit-definitions.js';
import { auditHour, auditShutHour, hasMoved } from './audit-hour.js';
import { QuarantineAudit } from './audit-quarantine.js';
import type { AuditReport, Finding } from './findings.js';
import { rawNamesIn, readLedgers, readOpenRaws } from './lake-state.js';
import { NobodyCarried } from './nobody-carried.js';
import { lakeNameFault, straysIn } from './strays.js';
import { WithoutKeys } from './without-keys.js';

export interface AuditInput {
  readonly storage: Storage;
  readonly dataset: string;
  readonly ring: KeyRing;
  /** The form by which records in no ledger are judged; an hour's ledger names its own. */
  readonly form: RecordForm;
  readonly onProgress?: (raws: number, hoursDone: number, hours: number) => void;
}

const READS_AT_ONCE = 8;

/** An hour under audit: it is judged, and forgotten, once the last answer that its ledger names has been read. */
interface Sealed {
  readonly ledger: Ledger;
  readonly form: RecordForm;
  readonly waiting: Set<string>;
  readonly entries: Entry[];
  judged: boolean;
}

/**
 * Computes every sealed hour again from the archive and holds ledger and object against it: one pass over the archive,
 * with only the hours in memory that are in the middle of it.
 */
export async function auditLake(input: AuditInput): Promise<AuditReport> {
  const audit = new LakeAudit(input);
  return await audit.run();
}

class LakeAudit {
  private readonly findings: Finding[] = [];
  private readonly moved: Hour[] = [];
  private readonly sealed = new Map<Hour, Sealed>();
  private readonly waitingFor = new Map<string, Sealed[]>();
  private openRaws = new Map<Hour, Set<string>>();
  private shut!: WithoutKeys;
  private gaps = new GapAudit([], false);
  private raws = 0;
  private records = 0;
  /** Refused appearances that no ledger counts: without an hour, or of one that is open. */
  private refused = 0;
  private open = 0;
  private uncarried = 0;
  private judged = 0;
  private readonly nobody = new NobodyCarried();
  private readonly quarantine: QuarantineAudit;
  private readonly forms: LakeForms;

  constructor(private readonly input: AuditInput) {
    this.quarantine = new QuarantineAudit(input.storage, input.dataset);
    this.forms = new LakeForms(input.storage, input.dataset, input.form);
  }

  async run(): Promise<AuditReport> {
    const { storage, dataset } = this.input;
    const onFinding = (finding: Finding): void => void this.findings.push(finding);
    for (const ledger of await readLedgers(storage, dataset, onFinding))
      await this.expect(ledger.hour, ledger);
    const ledgers = [...this.sealed.values()].map(({ ledger }) => ledger);
    const { raws, keys } = await readOpenRaws(storage, dataset, onFinding);
    this.openRaws = raws;
    this.gaps = new GapAudit(ledgers, this.input.form.declaration.source.incremental === true);
    this.shut = new WithoutKeys(this.input.ring, ledgers, keys);
    await this.quarantine.list();
    await this.readArchive();
    await this.judgeLeftOvers();
    await this.judgeMissing();
    this.findings.push(...(await this.nobody.findings(storage, dataset, Date.now())));
    const quarantinedRecords = await this.quarantine.count(this.findings);
    this.findings.push(
      ...(this.raws + ledgers.length > 0 ? await lakeNameFault(storage) : []),
      ...(await definitionFindings(storage, dataset, ledgers)),
      ...this.quarantine.findings,
      ...(await straysIn(storage, dataset, this.openRaws, (hour) => this.sealed.get(hour)?.ledger)),
    );
    const sum = (of: (ledger: Ledger) => number): number =>
      ledgers.reduce((total, ledger) => total + of(ledger), 0);
    const report = {
      dataset: this.input.dataset,
      lake: this.input.storage.uri,
      raws: this.raws,
      records: this.records,
      landed: sum((ledger) => ledger.landed),
      duplicates: sum((ledger) => ledger.duplicates),
      quarantined: sum((ledger) => quarantinedTotal(ledger.quarantined)) + this.refused,
      quarantinedRecords,
      open: this.open,
      uncarried: this.uncarried,
      missing: sum((ledger) => ledger.ids.missingCount),
      hours: ledgers.length,
      shut: { keys: this.shut.lacking, records: this.shut.shut, hours: this.shut.hours },
    };
    const accounted = report.landed + report.duplicates + report.quarantined + report.open + report.uncarried;
    const isWhole = report.shut.records === 0;
    if (isWhole && accounted !== report.records && this.findings.length === 0 && this.moved.length === 0) {
      this.note(
        report.lake,
        `the archive shows ${report.records} records, but ${accounted} are accounted for`,
      );
    }
    return { ...report, findings: this.findings, moved: this.moved };
  }

  private note(where: string, what: string): void {
    this.findings.push({ where, what });
  }

  private async expect(hour: Hour, ledger: Ledger): Promise<void> {
    const waiting = rawNamesIn(ledger, (finding) => this.findings.push(finding));
    // One that cannot be read is a finding of its own.
    const form = valueOf(await this.forms.of(ledger.definition)) ?? this.input.form;
    const sealed: Sealed = { ledger, form, waiting, entries: [], judged: false };
    this.sealed.set(hour, sealed);
    for (const raw of waiting) this.waitingFor.set(raw, [...(this.waitingFor.get(raw) ?? []), sealed]);
  }

  private async readArchive(): Promise<void> {
    const { storage, dataset } = this.input;
    let names: string[] = [];
    for await (const key of storage.keys(rawPrefix(dataset))) {
      const name = rawNameAt(dataset, key);
      if (name === undefined) {
        this.note(key, 'does not belong into the archive');
        continue;
      }
      this.quarantine.isInArchive(name);
      names.push(name);
      if (names.length < READS_AT_ONCE) continue;
      await this.readRaws(names);
      names = [];
    }
    await this.readRaws(names);
  }

  private async readRaws(names: readonly string[]): Promise<void> {
    const { storage, dataset, ring, form } = this.input;
    const answers = await pMap(names, (name) => readRaw(storage, dataset, name), {
      concurrency: READS_AT_ONCE,
    });
    for (const [i, answer] of answers.entries()) {
      const name = names[i]!;
      if (answer.kind !== 'read') {
        this.gaps.take(undefined);
        const why = answer.kind === 'gone' ? 'went while the lake was checked' : `is damaged: ${answer.why}`;
        this.note(answer.key, why);
        continue;
      }
      const envelopes = readAnswer(answer.value, form.answers).elements;
      const ids = envelopes.map((element) => idShownBy(element, form.answers));
      this.records += envelopes.length;
      this.shut.see(ids);
      const plains = plainsOf(answer.value, form.answers);
      const window = this.windowOf(name, decryptWindow(name, envelopes, ring, form.answers, plains));
      this.gaps.take({
        ids,
        entries: window.entries,
        isSettled: (hour) => this.sealed.get(hour)?.waiting.has(name) === true,
      });
      await this.takeWindow(window);
      this.raws += 1;
    }
    this.input.onProgress?.(this.raws, this.judged, this.sealed.size);
  }

  private windowOf(name: string, decrypted: DecryptedWindow): CompactedWindow {
    const formOfHour = (hour: Hour): RecordForm => {
      const sealed = this.sealed.get(hour);
      return sealed?.waiting.has(name) ? sealed.form : this.input.form;
    };
    const sealed = (this.waitingFor.get(name) ?? []).map(({ form }) => form);
    return windowByHours(decrypted, [...new Set([...sealed, this.input.form])], formOfHour);
  }

  private async takeWindow(window: CompactedWindow): Promise<void> {
    const { raw } = window;
    let carried = false;
    const groups = groupByHour(window.entries);
    for (const [hour, entries] of groups) {
      const sealed = this.sealed.get(hour);
      if (sealed?.waiting.has(raw)) sealed.entries.push(...entries);
      else if (this.openRaws.get(hour)?.has(raw)) {
        const refused = entries.filter(({ reason }) => reason !== undefined).length;
        this.open += entries.length - refused;
        this.refused += refused;
      } else {
        this.uncarried += entries.length;
        this.nobody.uncarried(raw, hour);
        continue;
      }
      carried = true;
    }
    if (carried) this.nobody.carried(raw);
    await this.takeUnreadable(window, carried);
    for (const sealed of this.waitingFor.get(raw) ?? []) {
      if (!groups.has(sealed.ledger.hour) && !this.shut.covers(sealed.ledger.hour))
        this.note(sealed.ledger.hour, `${raw} is named by the ledger and shows no record of this hour`);
      sealed.waiting.delete(raw);
      if (sealed.waiting.size === 0) await this.judge(sealed);
    }
    this.waitingFor.delete(raw);
  }

  /** Records without an hour are in no ledger: their place is the quarantine object of the answer. */
  private async takeUnreadable(window: CompactedWindow, carried: boolean): Promise<void> {
    const withHour = new Set(window.entries.map((entry) => entry.index));
    if (window.refusals.length === 0) return;
    const key = quarantineKey(this.input.dataset, window.raw);
    const found = await readQuarantine(this.input.storage, key);
    const stored = valueOf(found) ?? [];
    const reasons = new Map(stored.map((entry) => [entry.index, entry]));
    const naming = (this.waitingFor.get(window.raw) ?? []).map(({ ledger }) => ledger.hour);
    const judged = this.shut.take(
      window.refusals,
      (index) => reasons.get(index)?.reason === 'undecryptable',
      naming,
    );
    const refusals = judged.filter((refusal) => !withHour.has(refusal.index));
    if (found.kind === 'damaged') {
      this.note(key, `is damaged: ${found.why}`);
      this.refused += refusals.length;
      return;
    }
    if (stored.length === 0 && !carried) {
      this.uncarried += refusals.length;
      if (refusals.length > 0) this.nobody.uncarried(window.raw, null);
      return;
    }
    this.refused += refusals.length;
    for (const { index, reason } of judged) {
      const found = reasons.get(index)?.reason;
      if (found !== reason)
        this.note(
          key,
          `position ${index}: should hold "${reason}", holds ${found ? `"${found}"` : 'nothing'}`,
        );
    }
  }

  private async judge(sealed: Sealed): Promise<void> {
    const { storage } = this.input;
    const differences = await this.differencesOf(sealed);
    sealed.entries.length = 0;
    sealed.judged = true;
    this.judged += 1;
    if (differences.length === 0) return;
    if (await hasMoved(storage, sealed.ledger)) this.moved.push(sealed.ledger.hour);
    else for (const what of differences) this.note(sealed.ledger.hour, what);
  }

  private async differencesOf(sealed: Sealed): Promise<string[]> {
    const { storage } = this.input;
    const { ledger, form, entries } = sealed;
    if (this.shut.covers(ledger.hour)) return await auditShutHour(storage, ledger, form);
    return (await auditHour(storage, ledger, entries, form)).differences;
  }

  private async judgeLeftOvers(): Promise<void> {
    for (const sealed of this.sealed.values()) {
      if (sealed.judged) continue;
      for (const raw of sealed.waiting) {
        this.note(
          sealed.ledger.hour,
          `${rawKey(this.input.dataset, raw)} is named by the ledger and is not in the archive`,
        );
      }
      await this.judge(sealed);
    }
  }

  private async judgeMissing(): Promise<void> {
    if (this.shut.lacking.length > 0) {
      // Not every id's hour is known without keys; all that can be checked is whether it came at all.
      for (const { ledger } of this.sealed.values())
        for (const what of this.shut.idDifferences(ledger)) this.note(ledger.hour, what);
      return;
    }
    for (const [ledger, differences] of this.gaps.differences()) {
      if (differences.length === 0 || this.moved.includes(ledger.hour)) continue;
      if (await hasMoved(this.input.storage, ledger)) this.moved.push(ledger.hour);
      else for (const what of differences) this.note(ledger.hour, what);
    }
  }
}
