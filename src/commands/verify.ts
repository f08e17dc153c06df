import type { Command } from 'commander';
import { auditLake } from '../inspect/verify/audit-lake.js';
import { engineAudit, type EngineReport } from '../inspect/verify/engine.js';
import type { AuditReport } from '../inspect/verify/findings.js';
import { type Choice, type Config, readConfig } from '../config/config.js';
import { spelled, spelledKeys } from '../config/spelled.js';
import { formsToRead, openKeyRingIfAny, openLake } from './lake.js';
import { exitWith } from './exit-code.js';
import { complain, json, out, paint } from './output.js';
import { showProgress } from './progress.js';
import { count, plural } from '../figures.js';

const SHOWN_MAX = 50;

export function registerVerify(program: Command): void {
  program
    .command('verify')
    .description('compute every sealed hour again from the raw archive, and compare')
    .option('--engine', 'have DuckDB count rows, ids and nested fields of every hour, too')
    .option('--json', 'print the report as JSON')
    .addHelpText(
      'after',
      '\nExit code 0: everything agrees. 1: a difference, each named. 2: no difference, and no proof: the lake holds' +
        '\nnothing, or keys are missing that opened records of it (objects, hashes, counts and ids are checked without them).\n',
    )
    .action(async (options: Choice & { engine?: true; json?: true }) => {
      const config = readConfig({ sample: true, choice: options });
      const storage = await openLake(config);
      const ring = await openKeyRingIfAny(config);
      const progress = showProgress();
      const { dataset } = config;
      const { newest: form } = await formsToRead(storage, config);
      const audited = await auditLake({
        ...{ storage, dataset, ring, form },
        onProgress: (raws, done, hours) => progress.tell(() => `${raws} answers, ${done} of ${hours} hours`),
      });
      const engine = options.engine
        ? await engineAudit({
            ...{ storage, dataset, form },
            onProgress: (done, of) => progress.tell(() => `DuckDB: ${done} of ${of} hours`),
          })
        : undefined;
      progress.end();
      const findings = [...audited.findings, ...(engine?.findings ?? [])];
      const report = { ...audited, findings };
      if (options.json) json(engine ? { ...report, engine: { ...engine, findings: undefined } } : report);
      else show(report, engine, config);
      exitWith(findings.length > 0 ? 1 : isProof(report) ? 0 : 2);
    });
}

const isEmpty = ({ raws, hours }: AuditReport): boolean => raws + hours === 0;
const isProof = (report: AuditReport): boolean => !isEmpty(report) && report.shut.records === 0;

/** One sentence on what could not be looked at. */
function shutText({ keys, records, hours }: AuditReport['shut'], config: Config): string {
  const which = keys.length === 1 ? `the key ${keys[0]}` : `the keys ${keys.join(', ')}`;
  return (
    `${spelledKeys(config)} lacks ${which}, which opened records of this lake: ${plural(records, 'record')} cannot be opened, and ` +
    `${plural(hours.length, 'hour')} could not be computed again; only objects, hashes, counts and ids were checked there.`
  );
}

function show(report: AuditReport, engine: EngineReport | undefined, config: Config): void {
  out(`${paint('bold', 'fernlake verify')} ${report.dataset} in ${report.lake}`);
  out(`  ${count(report.raws)} archived answers show ${count(report.records)} records:`);
  out(`    landed       ${count(report.landed).padStart(10)}  in ${plural(report.hours, 'sealed hour')}`);
  out(`    duplicates   ${count(report.duplicates).padStart(10)}  (windows overlap)`);
  out(
    `    quarantined  ${count(report.quarantined).padStart(10)}${report.quarantined === 0 ? '' : `  of ${plural(report.quarantinedRecords, 'record')}`}`,
  );
  out(`    open         ${count(report.open).padStart(10)}  in hours that are not sealed yet`);
  out(`    uncarried    ${count(report.uncarried).padStart(10)}  archived, and not carried yet`);
  out(`  missing ids    ${count(report.missing).padStart(12)}  never shown long enough to be fetched`);
  if (engine) {
    const { ndjson, parquet } = engine.rows;
    out(
      `  DuckDB reads   ${count(ndjson).padStart(12)}  rows from the JSON lines, ${count(parquet)} from Parquet`,
    );
  }
  for (const hour of report.moved) out(`  ${hour} was sealed again in the meantime: not judged`);
  if (isEmpty(report) && report.findings.length === 0) {
    out(
      paint(
        'yellow',
        `  There is nothing of ${report.dataset} here yet, which proves nothing. If there should be, look at ${config.lakeSetting}, and for the dataset at ${spelled('FERNLAKE_DATASET', config)}.`,
      ),
    );
    return;
  }
  if (report.shut.records > 0) complain(paint('yellow', `  ${shutText(report.shut, config)}`));
  if (report.findings.length === 0) {
    if (report.shut.records > 0) {
      out('  What could be checked without them agrees.');
      return;
    }
    const alike = engine ? ', and with what DuckDB counts' : '';
    out(paint('green', `  Every ledger and object agrees with the archive${alike}.`));
    return;
  }
  complain(paint('red', `  ${count(report.findings.length)} differences:`));
  for (const { where, what } of report.findings.slice(0, SHOWN_MAX)) complain(`    ${where}: ${what}`);
  if (report.findings.length > SHOWN_MAX)
    complain(`    and ${report.findings.length - SHOWN_MAX} more (--json shows all)`);
}
