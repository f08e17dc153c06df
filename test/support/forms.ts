import type { ColumnDeclaration } from '../../src/dataset/declaration.js';
import { declareExtraFields, type ExtraField } from '../../src/dataset/extra-fields.js';
import { formOf, type RecordForm } from '../../src/dataset/form.js';
import { LOG_API, LOG_API_URL } from '../../src/dataset/presets.js';

/** The form of the preset `log-api`. */
export const LOG_FORM = formOf(LOG_API);

/** The same with more urls in its dictionary, another zone, or added columns. */
export function logForm({
  urls = [],
  zone = 'UTC',
  fields = [],
}: {
  readonly urls?: readonly string[];
  readonly zone?: string;
  readonly fields?: readonly ExtraField[];
}): RecordForm {
  const { record } = LOG_API;
  const url = {
    ...record.columns['url'],
    compact: { dictionary: [LOG_API_URL, ...urls] },
  } as ColumnDeclaration;
  return formOf({
    ...LOG_API,
    record: {
      ...record,
      event_time: { ...record.event_time, zone },
      columns: { ...record.columns, url, ...declareExtraFields(fields) },
    },
  });
}
