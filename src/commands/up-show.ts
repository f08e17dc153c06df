import type { LedgerSummary } from '../activities/contract.js';
import { quarantinedTotal } from '../domain/ledger.js';
import type { Happening } from '../observer.js';
import { bytes, count, out, paint, rewrite } from './output.js';

/** Tells a terminal what happens. Polls are many: they share a line where the terminal can rewrite it. */
export class Show {
  private polls = 0;
  private fresh = 0;
  private newestId: number | null = null;
  private readonly open = new Set<string>();
  private readonly explained: boolean[] = [];
  private lineOpen = false;

  constructor(
    private readonly lake: string,
    private readonly live: boolean = process.stdout.isTTY === true,
  ) {}

  tell(happening: Happening): void {
    if (happening.kind === 'poll') this.poll(happening.result.observation);
    else if (happening.kind === 'open') this.opened(happening.hours, happening.records);
    else if (happening.kind === 'sealed') this.sealed(happening.ledger);
    else this.failed(happening);
  }

  line(text: string): void {
    if (this.lineOpen) rewrite(process.stdout, '');
    this.lineOpen = false;
    out(text);
  }

  private poll({
    records,
    fresh,
    newestId,
  }: {
    records: number;
    fresh: number;
    newestId: number | null;
  }): void {
    this.polls += 1;
    this.fresh += fresh;
    this.newestId = newestId ?? this.newestId;
    const text = `${clock()} poll ${this.polls}: ${records} records, ${fresh} new, newest id ${this.newestId ?? 'none'}; ${count(this.fresh)} new in all`;
    if (!this.live) {
      // A log file wants no line a poll.
      if (this.polls === 1 || this.polls % 10 === 0) out(text);
      return;
    }
    rewrite(process.stdout, text);
    this.lineOpen = true;
  }

  private opened(hours: readonly string[], records: number): void {
    for (const hour of hours) {
      if (this.open.has(hour)) continue;
      this.open.add(hour);
      this.line(
        `${clock()} ${paint('cyan', 'open  ')} ${hour}: its records arrive (${count(records)} carried in this batch)`,
      );
    }
  }

  private sealed(ledger: LedgerSummary): void {
    this.open.delete(ledger.hour);
    const { object, landed, duplicates, quarantined, missingCount, revision, complete } = ledger;
    const lost = missingCount === 0 ? 'none missing' : paint('red', `${count(missingCount)} MISSING`);
    this.line(
      `${clock()} ${paint('green', 'sealed')} ${ledger.hour} (revision ${revision}): ${count(landed)} rows, ${bytes(object?.bytes ?? 0)}; ` +
        `seen ${count(ledger.seen)} = landed ${count(landed)} + duplicates ${count(duplicates)} + quarantined ${count(quarantinedTotal(quarantined))}; ${lost}`,
    );
    if (this.explained.length > 0 || !object) return;
    this.explained.push(true);
    const path = this.lake.startsWith('file://')
      ? `${decodeURI(new URL(this.lake).pathname)}/${object.key}`
      : `${this.lake}/${object.key}`;
    out(`         object  ${path}`);
    out(`         ids     ${ledger.firstId} to ${ledger.lastId}, complete ${(complete * 100).toFixed(2)} %`);
    out(`         look    zcat '${path}' | head -3        the landed rows, one JSON object a line`);
    out(`                 bin/fernlake decode '${path}' | head -3        the records as they were`);
    out('                 bin/fernlake verify        every hour computed again from the raw archive');
  }

  private failed({ activity, attempt, message, final }: Extract<Happening, { kind: 'failed' }>): void {
    const then = final ? paint('red', 'it is not tried again') : 'it is tried again';
    this.line(
      `${clock()} ${paint('yellow', 'failed')} ${activity}, attempt ${attempt}: ${message} (${then})`,
    );
  }
}

const clock = (): string => paint('dim', new Date().toISOString().slice(11, 19));
