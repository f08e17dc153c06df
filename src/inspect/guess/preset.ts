import { formOf } from '../../dataset/form.js';
import { LOG_API } from '../../dataset/presets.js';
import { readRecord } from '../../dataset/record.js';
import type { GuessedId } from './ids.js';
import type { GuessedPayload } from './payload.js';

const FORM = formOf(LOG_API);
const SHARE_MIN = 0.9;

/** Whether this is the diary's API: its names, and records that land as the preset has them, as far as they can be opened. */
export function fitsPreset(
  path: readonly string[],
  id: GuessedId,
  { field, isEncrypted, records }: GuessedPayload,
  arrivalMs: number,
): boolean {
  const { source, record } = LOG_API;
  if (path.length > 0 || id.field !== source.primary_key || id.type !== 'integer') return false;
  if (field !== record.payload || !isEncrypted) return false;
  const landing = records.filter(({ element, plaintext }) => {
    const own = Number(element.find(({ name }) => name === id.field)?.json);
    return plaintext !== undefined && readRecord(plaintext, own, FORM, arrivalMs).ok;
  });
  return landing.length >= records.length * SHARE_MIN;
}
