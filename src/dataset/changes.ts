import type { ColumnDeclaration, CompactionDeclaration, Declaration } from './declaration.js';

/** What differs between the definition of landed rows and a later one. */
export interface Change {
  /** In words, with both values. */
  readonly what: string;
  /** What follows from it; of a refused one: why, and what to do. */
  readonly then: string;
  /** Rows that landed before, or the archive, could not be read any more. */
  readonly isRefused: boolean;
}

const ANOTHER_DATASET = 'give what comes from now on another dataset name';
const ANOTHER_LAKE = `${ANOTHER_DATASET}, or copy the archive into another lake (npx fernlake copy FROM TO --only raw/) and reprocess there`;
const PARQUET_BY_REPROCESS = 'npx fernlake reprocess is wanted where older Parquet files are to have it, too';

type Value = string | boolean | null;

const told = (what: string, then: string): Change => ({ what, then, isRefused: false });
const refused = (what: string, why: string, mend: string): Change => ({
  what,
  then: `refused: ${why}; ${mend}`,
  isRefused: true,
});

/** Every difference, in the order of the file; none for declarations that mean the same. */
export function changesBetween(before: Declaration, after: Declaration): Change[] {
  return [
    ...archiveChanges(before, after),
    ...rowChanges(before, after),
    ...columnChanges(before, after),
    ...otherColumns(before, after),
  ];
}

const from = (name: string, before: Value, after: Value): string =>
  `${name} was ${shown(before)}, and is ${shown(after)}`;
const shown = (value: Value): string => (value === null ? 'left out' : String(value));

/** The former declaration with the new columns of the latter, as far as landed rows can have them. */
export function withAdded(before: Declaration, after: Declaration): Declaration {
  const known = new Set(Object.keys(before.record.columns).map((name) => name.toLowerCase()));
  const added = Object.entries(after.record.columns).filter(
    ([name, { optional, compact }]) => optional && compact === null && !known.has(name.toLowerCase()),
  );
  const columns = { ...before.record.columns, ...Object.fromEntries(added) };
  return { ...before, record: { ...before.record, columns } };
}

/** Changes of how an answer is read: the whole archive is read by one rule. */
function archiveChanges(before: Declaration, after: Declaration): Change[] {
  const changes: Change[] = [];
  const compare = (name: string, old: Value, now: Value): void => {
    if (old !== now)
      changes.push(
        refused(from(name, old, now), 'answers in raw/ are read by the former one', ANOTHER_DATASET),
      );
  };
  compare('data_selector', before.source.data_selector, after.source.data_selector);
  compare('source.primary_key', before.source.primary_key, after.source.primary_key);
  if (before.source.contiguous !== after.source.contiguous)
    changes.push(
      told(
        from('contiguous', before.source.contiguous, after.source.contiguous),
        'missing ids are told by it from the next seal on; npx fernlake reprocess is wanted to tell them so in older hours',
      ),
    );
  if (before.source.incremental !== after.source.incremental)
    changes.push(
      told(
        from('incremental', before.source.incremental ?? false, after.source.incremental ?? false),
        after.source.incremental
          ? 'answers that share no id tell of no loss from the next seal on'
          : 'answers in a row that share no id tell of a loss from the next seal on, of older hours, too, where they are computed again',
      ),
    );
  compare('payload', before.record.payload, after.record.payload);
  compare('encryption', before.record.encryption, after.record.encryption);
  const [old, now] = [before.record.format, after.record.format];
  if (old !== now)
    changes.push(
      told(
        from('format', old, now),
        now === 'auto'
          ? 'records are read by what they look like from now on'
          : 'records that are written otherwise are quarantined from now on, and by npx fernlake reprocess in older hours, too',
      ),
    );
  return changes;
}

/** Where a row says its id and its time. */
function rowChanges(before: Declaration, after: Declaration): Change[] {
  const changes: Change[] = [];
  const idOf = ({ source, record }: Declaration): string => record.primary_key ?? source.primary_key;
  const [oldId, newId] = [idOf(before), idOf(after)];
  if (oldId !== newId)
    changes.push(
      refused(
        from('primary_key', oldId, newId),
        'rows that have landed hold their id in the former one',
        ANOTHER_LAKE,
      ),
    );
  else if (before.record.primary_key !== after.record.primary_key)
    changes.push(
      told(
        from('record.primary_key', before.record.primary_key, after.record.primary_key),
        'from now on records are held against it, or no longer; npx fernlake reprocess judges older ones so',
      ),
    );
  const [old, now] = [before.record.event_time, after.record.event_time];
  for (const name of ['field', 'format', 'zone'] as const)
    if (old[name] !== now[name])
      changes.push(
        refused(
          from(`event_time.${name}`, old[name], now[name]),
          'a record that is read by both lands in two hours, or in none',
          ANOTHER_LAKE,
        ),
      );
  return changes;
}

type Columns = Declaration['record']['columns'];

function columnChanges(before: Declaration, after: Declaration): Change[] {
  const [old, now] = [before.record.columns, after.record.columns];
  const id = before.record.primary_key ?? before.source.primary_key;
  const changes = [...new Set([...Object.keys(old), ...Object.keys(now)])].flatMap((name) => {
    const [was, is] = [old[name], now[name]];
    if (!was) return is ? [added(name, is, before.record.other_columns)] : [];
    if (!is) return [dropped(name, was, after.record.other_columns)];
    return changed(name, was, is, name === id);
  });
  return changes.length === 0 ? reordered(old, now) : changes;
}

function reordered(old: Columns, now: Columns): Change[] {
  if (Object.keys(old).join('\n') === Object.keys(now).join('\n')) return [];
  return [told('the columns stand in another order', 'tables show them so; rows stay as they are')];
}

function added(
  name: string,
  { type, compact, optional }: ColumnDeclaration,
  others: Declaration['record']['other_columns'],
): Change {
  const what = `the column ${name} (${type}${optional ? ', optional' : ''}) is new`;
  // Fields that nobody had declared have landed as they came.
  if (others === 'keep' && compact !== null)
    return refused(
      what,
      'rows that have landed may hold it as it came, and would be read as codes',
      'declare it without compact',
    );
  if (others === 'keep' && !optional)
    return refused(
      what,
      'rows that have landed may lack it, or hold another type, over which engines fail a whole file',
      'declare it with optional: true',
    );
  if (optional)
    return told(
      what,
      `views show it, of older rows that hold it as well; Parquet files have it from the next seal on: ${PARQUET_BY_REPROCESS}`,
    );
  return told(
    what,
    'records without it are quarantined from now on; older rows have none. npx fernlake reprocess would quarantine older records without it',
  );
}

function dropped(
  name: string,
  { compact }: ColumnDeclaration,
  others: Declaration['record']['other_columns'],
): Change {
  const what = `the column ${name} is no longer declared`;
  if (compact !== null)
    return refused(
      what,
      'rows that have landed hold codes in it, and nothing would say of what',
      'leave it declared, with optional: true if records come without it',
    );
  return told(
    what,
    others === 'keep'
      ? 'records keep it as a field that nobody declared; views show it no more'
      : 'records that still have it are quarantined from now on (other_columns: quarantine)',
  );
}

function changed(name: string, was: ColumnDeclaration, is: ColumnDeclaration, isId: boolean): Change[] {
  const changes: Change[] = [];
  if (was.type !== is.type) changes.push(typeChange(name, was, is, isId));
  if (was.optional !== is.optional)
    changes.push(
      is.optional
        ? told(
            `the column ${name} is optional now`,
            'records without it land from now on, and npx fernlake quarantine redrive lands older ones; tables of JSON lines hold it as text: npx fernlake ddl',
          )
        : refused(
            `the column ${name} is no longer optional`,
            'rows that have landed may lack it',
            'leave it optional',
          ),
    );
  changes.push(...codecChange(name, was.compact, is.compact));
  if (membersOf(was) !== membersOf(is))
    changes.push(
      told(
        `the columns within ${name} are ${membersOf(is) || 'none'} now, and were ${membersOf(was) || 'none'}`,
        `views show them so, of older rows as well; Parquet files from the next seal on: ${PARQUET_BY_REPROCESS}`,
      ),
    );
  if (was.description !== is.description)
    changes.push(told(`the description of ${name} is another`, 'tables show it: npx fernlake ddl'));
  return changes;
}

function typeChange(name: string, was: ColumnDeclaration, is: ColumnDeclaration, isId: boolean): Change {
  const what = from(`the type of ${name}`, was.type, is.type);
  if (isId) return refused(what, 'rows are found, ordered and told apart by their ids', ANOTHER_LAKE);
  if (was.optional && is.optional)
    return told(
      what,
      `values that do not fit stand in unknown_fields, of older rows as well; Parquet files have it so from the next seal on: ${PARQUET_BY_REPROCESS}`,
    );
  return refused(
    what,
    'a column has one type in every row, and engines fail a whole file over another',
    `declare the new one under optional: true beside it, if the API renamed it; else ${ANOTHER_LAKE}`,
  );
}

const membersOf = ({ columns }: ColumnDeclaration): string =>
  Object.entries(columns ?? {})
    .map(([name, { type, optional }]) => `${name}: ${type}${optional ? '' : ' (always there)'}`)
    .join(', ');

function codecChange(
  name: string,
  was: CompactionDeclaration | null,
  is: CompactionDeclaration | null,
): Change[] {
  if (JSON.stringify(was) === JSON.stringify(is)) return [];
  const [old, now] = [dictionaryIn(was), dictionaryIn(is)];
  if (!old || !now)
    return [
      refused(
        from(`compact of ${name}`, nameOf(was), nameOf(is)),
        'rows that have landed would be read by another code than they were written in',
        ANOTHER_LAKE,
      ),
    ];
  const at = old.findIndex((text, i) => now[i] !== text);
  if (at >= 0)
    return [
      refused(
        `the dictionary of ${name} had ${JSON.stringify(old[at])} in place ${at + 1}, and has ${at < now.length ? JSON.stringify(now[at]) : 'nothing'} there`,
        `rows that have landed mean the former one by code ${at + 1}`,
        'put the former texts back in their places, and add new ones at the end',
      ),
    ];
  const grown = now.length - old.length;
  return [
    told(
      `the dictionary of ${name} has ${grown} more ${grown === 1 ? 'text' : 'texts'}`,
      'they land as codes from the next seal on; older rows are read as before, and npx fernlake reprocess would make them smaller',
    ),
  ];
}

const dictionaryIn = (compact: CompactionDeclaration | null): readonly string[] | undefined =>
  typeof compact === 'object' && compact !== null ? compact.dictionary : undefined;
const nameOf = (compact: CompactionDeclaration | null): string | null =>
  typeof compact === 'object' && compact !== null ? 'a dictionary' : compact;

function otherColumns(before: Declaration, after: Declaration): Change[] {
  const [old, now] = [before.record.other_columns, after.record.other_columns];
  if (old === now) return [];
  return [
    told(
      from('other_columns', old, now),
      now === 'quarantine'
        ? 'records with a field that nobody declared are quarantined from now on, and by npx fernlake reprocess in older hours, too'
        : 'records with other fields land from now on; npx fernlake quarantine redrive lands earlier ones',
    ),
  ];
}
