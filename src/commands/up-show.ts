import type { LedgerSummary } from '../activities/seal/ledger-summary.js';
import { quarantinedTotal } from '../lake/ledger.js';
import type { Happening } from '../process/observer.js';
import type { LakeState } from '../inspect/status/lake-state.js';
import { out, paint, rewrite } from './output.js';
import { bytes, count } from '../figures.js';

/** Failures with words of their own that are kept in mind. */
const FAILURES_MAX = 100;

/** A terminal, or a log file, that several tell things to. */
export class Screen {
  private lineOpen = false;

  constructor(
    readonly live: boolean = process.stdout.isTTY === true,
    private readonly say: (line: string) => void = out,
  ) {}

  line(text: string): void {
    if (this.lineOpen) rewrite(process.stdout, '');
    this.lineOpen = false;
    this.say(text);
  }

  /** In place of the last one that was passing. */
  passing(text: string): void {
    rewrite(process.stdout, text);
    this.lineOpen = true;
  }
}

/** Tells what happens to a dataset. Polls are many: they share a line where the terminal can rewrite it. */
export class Show {
  private polls = 0;
  private fresh = 0;
  private newestId: number | null = null;
  private readonly open = new Set<string>();
  private readonly refused = new Map<string, { told: number; seen: number }>();
  private readonly explained: boolean[] = [];
  private readonly failures = new Map<string, number>();

  /** `name`: of the dataset, where there are several. */
  constructor(
    private readonly lake: string,
    private readonly screen: Screen,
    private readonly name = '',
  ) {}

  tell(happening: Happening): void {
    if (happening.kind === 'poll') this.poll(happening.result.observation);
    else if (happening.kind === 'open') this.opened(happening.hours, happening.records);
    else if (happening.kind === 'sealed') this.sealed(happening.ledger);
    else if (happening.kind === 'quarantined') this.quarantined(happening.reasons);
    else this.failed(happening);
  }

  private line(what: string): void {
    this.screen.line(this.told(what));
  }

  private told(what: string): string {
    return `${clock()} ${this.name && `${this.name} `}${what}`;
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
    this.failures.clear();
    this.fresh += fresh;
    this.newestId = newestId ?? this.newestId;
    const text = `poll ${this.polls}: ${records} records, ${fresh} new${this.newestId === null ? '' : `, newest id ${this.newestId}`}; ${count(this.fresh)} new in all`;
    if (this.screen.live) this.screen.passing(this.told(text));
    // A log file wants no line a poll.
    else if (this.polls === 1 || this.polls % 10 === 0) this.line(text);
  }

  private opened(hours: readonly string[], records: number): void {
    for (const hour of hours) {
      if (this.open.has(hour)) continue;
      this.open.add(hour);
      this.line(
        `${paint('cyan', 'open  ')} ${hour}: its records arrive (${count(records)} carried in this batch)`,
      );
    }
  }

  /**
   * Shows each reason when it first comes up, and again whenever its count has doubled, so that a source that
   * is all wrong fills no screen.
   */
  private quarantined(reasons: Readonly<Partial<Record<string, number>>>): void {
    for (const [reason, n = 0] of Object.entries(reasons)) {
      const { told, seen } = this.refused.get(reason) ?? { told: 0, seen: 0 };
      const now = seen + n;
      const tells = now > 0 && now >= 2 * told;
      this.refused.set(reason, { told: tells ? now : told, seen: now });
      if (!tells) continue;
      this.line(
        `${paint('yellow', 'kept  ')} ${count(now)} in quarantine since the start as ${reason}: seen, and cannot land. ` +
          'Why: npx fernlake doctor, npx fernlake quarantine list',
      );
    }
  }

  private sealed(ledger: LedgerSummary): void {
    this.open.delete(ledger.hour);
    const { object, landed, duplicates, quarantined, missingCount, revision, complete } = ledger;
    const lost = missingCount === 0 ? 'none missing' : paint('red', `${count(missingCount)} MISSING`);
    this.line(
      `${paint('green', 'sealed')} ${ledger.hour} (revision ${revision}): ${count(landed)} rows, ${bytes(object?.bytes ?? 0)}; ` +
        `seen ${count(ledger.seen)} = landed ${count(landed)} + duplicates ${count(duplicates)} + quarantined ${count(quarantinedTotal(quarantined))}; ${lost}`,
    );
    if (this.explained.length > 0 || !object) return;
    this.explained.push(true);
    const path = this.lake.startsWith('file://')
      ? `${decodeURI(new URL(this.lake).pathname)}/${object.key}`
      : `${this.lake}/${object.key}`;
    this.screen.line(`         object  ${path}`);
    const range = ledger.firstId === null ? '' : `${ledger.firstId} to ${ledger.lastId}, `;
    this.screen.line(`         ids     ${range}complete ${(complete * 100).toFixed(2)} %`);
    this.screen.line(
      `         look    zcat '${path}' | head -3        the landed rows, one JSON object a line`,
    );
    this.screen.line(
      `                 npx fernlake decode '${path}' | head -3        the records as they were`,
    );
    this.screen.line(
      '                 npx fernlake verify        every hour computed again from the raw archive',
    );
  }

  /** Shows a failure again when its count has doubled: a source that refuses for an hour fills no screen. */
  private failed({ activity, attempt, message, final }: Extract<Happening, { kind: 'failed' }>): void {
    const same = `${activity} ${final} ${message}`;
    const times = (this.failures.get(same) ?? 0) + 1;
    if (this.failures.size === FAILURES_MAX) this.failures.clear();
    this.failures.set(same, times);
    if ((times & (times - 1)) !== 0) return;
    const again = times === 1 ? '' : `, ${times} times the same`;
    const then = whatFollows(activity, final);
    this.line(`${paint('yellow', 'failed')} ${activity}, attempt ${attempt}${again}: ${message} (${then})`);
  }
}

/** A poll that is refused for good is asked again by the workflow; of the rest the run ends, and a later one begins anew. */
function whatFollows(activity: string, final: boolean): string {
  if (!final) return 'it is tried again';
  if (activity === 'fetch') return 'the source is asked again, ever less often';
  return paint('red', 'this run ends with it; the next one tries anew');
}

const clock = (): string => paint('dim', new Date().toISOString().slice(11, 19));

/** `option`: names the dataset where there are several. */
const nextOf = (dataset: string, option: string): readonly (readonly [command: string, about: string])[] => [
  [`npx fernlake verify${option}`, 'every hour computed again from the raw archive'],
  [
    `npx fernlake query${option} "SELECT hour, count(*) AS n FROM ${dataset} GROUP BY hour"`,
    'SQL over the rows',
  ],
  ['npx fernlake report', 'the lake as a page: fernlake-report.html'],
  ['npx fernlake up', 'on from here'],
];

const NEXT_WITHOUT_HOURS = [
  ['npx fernlake doctor', 'what the source answers, and whether it could land'],
  ['npx fernlake up', 'on from here'],
] as const;

export interface Ended {
  readonly dataset: string;
  readonly lake: LakeState;
}

/** What is there once `up` has ended, and what to try next. */
export function summaryOf(all: readonly Ended[]): string[] {
  const several = all.length > 1;
  const sealed = all.find(({ lake }) => lake.hours.length > 0);
  const next = sealed
    ? nextOf(sealed.dataset, several ? ` --dataset ${sealed.dataset}` : '')
    : NEXT_WITHOUT_HOURS;
  return [
    ...all.flatMap(({ dataset, lake }) => [
      `Now in ${lake.uri}${several ? `, ${dataset}` : ''}:`,
      ...contentsOf(lake, several ? ` --dataset ${dataset}` : ''),
    ]),
    'To try next:',
    ...next.map(([command, about]) => `  ${command.padEnd(22)}  ${about}`),
  ];
}

function contentsOf({ hours, counts }: LakeState, option: string): string[] {
  const { landed, missing, quarantined, reasons } = counts;
  const refused = Object.entries(reasons).map(([reason, { records }]) => `${reason} ${count(records)}`);
  const [first, last] = [hours[0]?.hour, hours.at(-1)?.hour];
  const span = first === last ? `the hour ${first}` : `the newest ${hours.length} hours, ${first} to ${last}`;
  return [
    first === undefined
      ? '  sealed      no hour yet: it takes some minutes; npx fernlake doctor says what may be in the way'
      : `  sealed      ${span}: ${count(landed)} rows, ${bytes(counts.bytes.gzip)}, ${missing === 0 ? 'none missing' : paint('red', `${count(missing)} ids MISSING`)}`,
    quarantined === 0
      ? '  quarantine  nothing'
      : `  quarantine  ${paint('yellow', refused.join(', '))} in a day: npx fernlake quarantine list${option}`,
  ];
}
