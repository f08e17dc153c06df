import { createMint, DEMO_KEY, pythonRepr } from '../../examples/source-server/index.js';
import { makeRecord } from '../../examples/source-server/record.js';
import { formOf } from '../../src/dataset/form.js';
import { LOG_API } from '../../src/dataset/presets.js';

const mint = createMint(DEMO_KEY);
const { record: declared, source } = LOG_API;

/** The preset whose ids are text, as they are or as 22 characters of a UUID. */
export const textForm = (compact: 'hex' | null) =>
  formOf({
    source: { ...source, contiguous: false },
    record: {
      ...declared,
      columns: {
        ...declared.columns,
        record_id: { ...declared.columns['record_id']!, type: 'text', compact },
      },
    },
  });

/** An element with such an id. */
export const textElement = (id: string, eventMs: number, seed: number, change: object = {}): object => {
  const record = { ...makeRecord(7, 1, seed, eventMs).record, ...change, record_id: id };
  return { recordId: id, data: mint(pythonRepr(record), eventMs) };
};
