import { LOG_FORM } from '../../support/forms.js';
import { firstAndLast, ledgerIds } from '../../../src/activities/seal/gaps.js';
import type { Hour } from '../../../src/dataset/hour.js';
import type { Ledger } from '../../../src/lake/ledger.js';
import type { MergedHour, SealedHour } from '../../../src/inspect/verify/merge-hour.js';

/** As the seal would write it down. */
export function sealOf(merged: MergedHour, hour = '2023-04-20T13' as Hour): SealedHour {
  const ledger: Ledger = {
    dataset: 'logs',
    hour,
    revision: 1,
    sealedAt: '2023-04-20T14:05:00.000Z',
    code: 'test',
    definition: LOG_FORM.definition,
    contiguous: true,
    seen: merged.seen,
    landed: merged.landed,
    duplicates: merged.duplicates,
    quarantined: merged.quarantined,
    erased: 0,
    late: merged.late,
    ...ledgerIds({ ...firstAndLast(merged.ids, merged.texts), landed: merged.landed }, []),
    object: null,
    sizes: { json: merged.jsonBytes, compact: merged.compactBytes, gzip: 0 },
    keys: merged.keys,
    raw: merged.raws,
  };
  return { ledger, raws: new Set(merged.raws), rows: merged.rows };
}
