import type {
  ColumnDeclaration,
  ColumnType,
  CompactionDeclaration,
  Declaration,
} from '../../dataset/declaration.js';
import { LOG_API } from '../../dataset/presets.js';
import type { Loose } from './loose.js';
import type { DatasetContent } from './schema.js';

const PRESETS: Readonly<Record<string, Declaration>> = { 'log-api': LOG_API };

export const presetOf = (name: string | undefined): Declaration | undefined =>
  name === undefined ? undefined : PRESETS[name];

type Content = Loose<Pick<DatasetContent, 'preset' | 'record'>>;

/** A column as a mapping, where it was a type alone. */
export interface LooseColumn {
  readonly type?: ColumnType | undefined;
  readonly optional?: boolean | undefined;
  readonly compact?: unknown;
  readonly columns?: object | null | undefined;
}

/** The preset's columns, and those of the file, of which each stands in the place of the preset's of that name, whole. */
export function columnsOf({ preset, record }: Content): Readonly<Record<string, LooseColumn>> {
  const own = Object.entries(record?.columns ?? {}).map(([name, column]) => [
    name,
    typeof column === 'string' ? { type: column } : (column ?? {}),
  ]);
  return { ...presetOf(preset)?.record.columns, ...(Object.fromEntries(own) as Record<string, LooseColumn>) };
}

/** What a dataset's records mean: the preset, the file where it says something, defaults. The content has no fault. */
export function declarationOf({ preset, source, record = {} }: DatasetContent): Declaration {
  const known = presetOf(preset);
  const { event_time: time = {} } = record;
  return {
    source: {
      data_selector: source.data_selector ?? known?.source.data_selector ?? null,
      primary_key: source.primary_key ?? known?.source.primary_key ?? '',
      contiguous: source.contiguous ?? known?.source.contiguous ?? false,
      ...(source.incremental === undefined ? {} : { incremental: true }),
    },
    record: {
      payload: record.payload ?? known?.record.payload ?? null,
      encryption: record.encryption ?? known?.record.encryption ?? 'none',
      format: record.format ?? known?.record.format ?? 'auto',
      primary_key: record.primary_key ?? known?.record.primary_key ?? null,
      event_time: {
        field: time.field ?? known?.record.event_time.field ?? '',
        format: time.format ?? known?.record.event_time.format ?? 'iso8601',
        zone: time.zone ?? known?.record.event_time.zone ?? 'UTC',
      },
      columns: { ...known?.record.columns, ...declaredColumns(record.columns ?? {}) },
      other_columns: record.other_columns ?? known?.record.other_columns ?? 'keep',
    },
  };
}

type ColumnContent =
  | ColumnType
  | {
      readonly type: ColumnType;
      readonly optional?: boolean;
      readonly compact?: CompactionDeclaration;
      readonly columns?: Readonly<Record<string, ColumnContent>>;
      readonly description?: string;
    };

const declaredColumns = (
  columns: Readonly<Record<string, ColumnContent>>,
): Record<string, ColumnDeclaration> =>
  Object.fromEntries(
    Object.entries(columns).map(([name, content]) => {
      const column = typeof content === 'string' ? { type: content } : content;
      return [
        name,
        {
          type: column.type,
          optional: column.optional ?? false,
          compact: column.compact ?? null,
          columns: column.columns === undefined ? null : declaredColumns(column.columns),
          description: column.description ?? '',
        },
      ];
    }),
  );
