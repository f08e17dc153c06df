import type { Observation } from './observation.js';
import type { Shown, ShownAnswers } from './shown.js';

type Window = Pick<Observation, 'oldestId' | 'newestId' | 'fresh' | 'texts'>;

/** The ids of a window against those of the poll before: `afterId`, its newest, or `afterAnswer`, its raw name where ids are text. */
export async function observeIds(
  { ids }: Shown,
  { dataset, name }: { readonly dataset: string; readonly name: string },
  { afterId, afterAnswer }: { readonly afterId: number | null; readonly afterAnswer: string | null },
  answers: ShownAnswers,
): Promise<Window> {
  const numbers = [...ids].filter((id) => typeof id === 'number');
  if (numbers.length === ids.size) return ofNumbers(numbers, afterId);
  const before = afterAnswer === null ? undefined : (await answers.read(dataset, afterAnswer))?.ids;
  const fresh = [...ids].filter((id) => before?.has(id) !== true).length;
  const overlaps = before === undefined ? null : fresh < ids.size;
  return { oldestId: null, newestId: null, fresh, texts: { answer: name, shown: ids.size, overlaps } };
}

function ofNumbers(ids: readonly number[], afterId: number | null): Window {
  let oldestId: number | null = null;
  let newestId: number | null = null;
  let fresh = 0;
  for (const id of ids) {
    oldestId = Math.min(oldestId ?? id, id);
    newestId = Math.max(newestId ?? id, id);
    if (afterId === null || id > afterId) fresh += 1;
  }
  return { oldestId, newestId, fresh };
}
