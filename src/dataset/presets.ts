import type { ColumnDeclaration, Declaration } from './declaration.js';

const text = (description: string, compact: ColumnDeclaration['compact'] = null): ColumnDeclaration => ({
  type: 'text',
  optional: false,
  compact,
  columns: null,
  description,
});

/** The one url of the diary's source: number 1 of its dictionary. */
export const LOG_API_URL = '/api/products/product/';

/** `preset: log-api`: the API of the diary, Fernet tokens around Python's spelling of a dict. */
export const LOG_API: Declaration = {
  source: { data_selector: null, primary_key: 'recordId', contiguous: true },
  record: {
    payload: 'data',
    encryption: 'fernet',
    format: 'auto',
    primary_key: 'record_id',
    event_time: { field: 'inDate', format: 'iso8601', zone: 'UTC' },
    columns: {
      user_id: text('who: 64 hex digits, as a rule', 'hex'),
      record_id: {
        ...text('the id of the record, ascending'),
        type: 'integer',
      },
      activity: text('what was done: view, cart or purchase'),
      url: text('the path that was asked for', { dictionary: [LOG_API_URL] }),
      method: text('the HTTP method', 'http_method'),
      name: text('the logger that wrote the record'),
      inDate: text('the time of the event, UTC', 'time'),
      detail: {
        ...text('the log message and its level'),
        type: 'object',
        columns: {
          message: { ...text('the log message'), optional: true },
          levelname: { ...text('the level of the log message'), optional: true },
        },
      },
    },
    other_columns: 'keep',
  },
};
