import type { Hour } from '../../dataset/hour.js';
import type { RecordForm } from '../../dataset/form.js';
import { type CompactedWindow, compactWindow, type DecryptedWindow } from './one-by-one.js';

/**
 * Reads an answer once for each form that its hours were computed by. `forms`: those of the ledgers, and last
 * the one for everything else; records without an hour are judged by the first.
 */
export function windowByHours(
  decrypted: DecryptedWindow,
  forms: readonly RecordForm[],
  formOfHour: (hour: Hour) => RecordForm,
): CompactedWindow {
  const windows = forms.map((form) => ({ form, ...compactWindow(decrypted, form) }));
  const [main, ...others] = windows;
  if (others.length === 0) return main!;
  /** By position in the answer: whose entry counts. Each record has one hour, and is told once. */
  const owners = new Map<number, RecordForm>();
  for (const { form, entries } of windows)
    for (const { index, hour } of entries)
      if (!owners.has(index) && formOfHour(hour) === form) owners.set(index, form);
  const isOwn = (form: RecordForm, index: number): boolean => (owners.get(index) ?? main!.form) === form;
  const byIndex = (a: { readonly index: number }, b: { readonly index: number }): number => a.index - b.index;
  return {
    ...main!,
    entries: windows
      .flatMap(({ form, entries }) => entries.filter(({ index }) => owners.get(index) === form))
      .sort(byIndex),
    refusals: windows
      .flatMap(({ form, refusals }) => refusals.filter(({ index }) => isOwn(form, index)))
      .sort(byIndex),
  };
}
