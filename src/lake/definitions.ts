import type { Declaration } from '../dataset/declaration.js';
import { decodeDefinition, definitionHash, encodeDefinition } from '../dataset/definition.js';
import { formOf, type RecordForm } from '../dataset/form.js';
import { isFernlakeError } from '../errors.js';
import { LIMITS } from '../limits.js';
import { definitionKey } from './keys.js';
import { readWhole } from './objects.js';
import { damaged, type Outcome, read } from './outcome.js';
import type { Condition, Storage } from '../storage/port.js';

/** The definition of that name, ready for work; damaged where what stands is not what its name says. */
export async function readDefinition(
  storage: Storage,
  dataset: string,
  hash: string,
): Promise<Outcome<RecordForm>> {
  const key = definitionKey(dataset, hash);
  const found = await readWhole(storage, key, LIMITS.smallBytesMax);
  if (found.kind !== 'read') return found;
  const { body, etag } = found.value;
  if (definitionHash(body) !== hash) return damaged(key, 'its bytes are not those that its name stands for', etag);
  try {
    return read(formOf(decodeDefinition(body.toString('utf8'))));
  } catch {
    return damaged(key, 'it is no definition that this fernlake understands', etag);
  }
}

/** Sees to it that the lake holds the definition: whoever comes first writes it, and one that is damaged is put right. */
export async function putDefinition(
  storage: Storage,
  dataset: string,
  { declaration, definition }: { readonly declaration: Declaration; readonly definition: string },
): Promise<void> {
  const key = definitionKey(dataset, definition);
  const found = await readWhole(storage, key, LIMITS.smallBytesMax);
  if (found.kind === 'read' && definitionHash(found.value.body) === definition) return;
  const etag = found.kind === 'read' ? found.value.etag : found.kind === 'damaged' ? found.etag : undefined;
  const condition: Condition = etag === undefined ? { kind: 'absent' } : { kind: 'matches', etag };
  try {
    await storage.put(key, Buffer.from(encodeDefinition(declaration)), condition);
  } catch (error) {
    // Somebody else has written the same bytes.
    if (!isFernlakeError(error, 'PreconditionFailed')) throw error;
  }
}
