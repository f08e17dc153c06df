import { compareIds, type RecordId } from '../../../src/dataset/record-id.js';
import { logForm } from '../../support/forms.js';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { formOf, type RecordForm } from '../../../src/dataset/form.js';
import { encodeDefinition } from '../../../src/dataset/definition.js';
import { gzip } from '../../../src/bytes/gzip.js';
import { addHours, type Hour, hourEndMs } from '../../../src/dataset/hour.js';
import { definitionKey, ledgerKey, parquetKey, tableKey } from '../../../src/lake/keys.js';
import { encodeLedger, type Ledger } from '../../../src/lake/ledger.js';
import { readableRow } from '../../../src/dataset/readable-row.js';
import { readRecord } from '../../../src/dataset/record.js';
import { UTC } from '../../../src/dataset/zone.js';
import { writeParquet } from '../../../src/tables/parquet/write.js';
import { CASE_FIELDS, CASE_URLS, type Case, CASES } from './cases.js';

export const CASE_FORM = logForm({ urls: CASE_URLS, fields: CASE_FIELDS });
/** A form of before the added fields, and the members of objects, were declared: they may hold anything. */
function formBefore({ declaration }: RecordForm, zone: string): RecordForm {
  const { record } = declaration;
  const columns = Object.entries(record.columns).filter(([, { optional }]) => !optional);
  return formOf({
    ...declaration,
    record: {
      ...record,
      event_time: { ...record.event_time, zone },
      columns: Object.fromEntries(columns.map(([name, column]) => [name, { ...column, columns: null }])),
    },
  });
}

export interface CaseLake {
  /** Absolute, without a slash at the end. */
  readonly dir: string;
  readonly hours: readonly Hour[];
  remove(): void;
}

/** A lake as the seal leaves it, both forms and the ledgers, made with the domain's own functions and no Temporal. */
export async function writeCaseLake(
  cases: readonly Case[] = CASES,
  form: RecordForm = CASE_FORM,
  dataset = 'logs',
): Promise<CaseLake> {
  const dir = mkdtempSync(path.join(os.tmpdir(), 'fernlake-engines-'));
  const rows = new Map<Hour, { id: RecordId; row: string }[]>();
  for (const { title, hour, record, instant, zone = UTC } of cases) {
    const outcome = readRecord(
      Buffer.from(JSON.stringify({ ...record, record_id: idOf(record, form) })),
      idOf(record, form),
      formBefore(form, zone.name),
      Date.parse(instant) + 1_000,
    );
    if (!outcome.ok) throw new Error(`${title}: ${outcome.reason}, ${outcome.detail}`);
    if (outcome.hour !== hour) throw new Error(`${title}: landed in ${outcome.hour}`);
    rows.set(hour, [...(rows.get(hour) ?? []), { id: outcome.id, row: outcome.row }]);
  }
  for (const [hour, landed] of rows) {
    landed.sort((a, b) => compareIds(a.id, b.id));
    const body = await gzip(Buffer.from(landed.map(({ row }) => `${row}\n`).join('')));
    put(dir, tableKey(dataset, hour), body);
    const parquet = await parquetOf(landed, form);
    put(dir, parquetKey(dataset, hour), parquet);
    const ids = landed.map(({ id }) => id);
    put(dir, ledgerKey(dataset, hour), encodeLedger(ledgerOf(dataset, hour, body, parquet, ids, form)));
  }
  put(dir, definitionKey(dataset, form.definition), encodeDefinition(form.declaration));
  return {
    dir,
    hours: [...rows.keys()].sort(),
    remove: () => rmSync(dir, { recursive: true, force: true }),
  };
}

const idOf = ({ record_id: id }: Case['record'], form: RecordForm): RecordId =>
  form.byName.get('record_id')?.type === 'text' ? `id-${id}` : id;

const parquetOf = (landed: readonly { row: string }[], form: RecordForm): Promise<Buffer> =>
  writeParquet(
    landed.map(({ row }) => readableRow(row, form)),
    form,
  );

function ledgerOf(
  dataset: string,
  hour: Hour,
  body: Buffer,
  parquet: Buffer,
  ids: readonly RecordId[],
  form: RecordForm,
): Ledger {
  const placed = (key: string, bytes: Buffer) => ({
    key,
    bytes: bytes.length,
    sha256: createHash('sha256').update(bytes).digest('hex'),
    etag: 'test',
    rows: ids.length,
  });
  return {
    dataset,
    hour,
    revision: 1,
    sealedAt: new Date(Math.max(0, hourEndMs(addHours(hour, 1)))).toISOString(),
    code: 'test',
    definition: form.definition,
    contiguous: true,
    seen: ids.length,
    landed: ids.length,
    duplicates: 0,
    quarantined: {},
    erased: 0,
    late: 0,
    ids: { first: ids[0] ?? null, last: ids.at(-1) ?? null, missing: [], missingCount: 0 },
    complete: 1,
    object: placed(tableKey(dataset, hour), body),
    parquet: placed(parquetKey(dataset, hour), parquet),
    sizes: { json: 0, compact: 0, gzip: body.length },
    keys: {},
    raw: [],
  };
}

export function put(dir: string, key: string, body: Buffer | string): void {
  const file = path.join(dir, key);
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, body);
}
