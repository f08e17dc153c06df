import type { Declaration } from '../dataset/declaration.js';
import { decodeDefinition, definitionHash, encodeDefinition } from '../dataset/definition.js';
import { formOf, type RecordForm } from '../dataset/form.js';
import type { Hour } from '../dataset/hour.js';
import { lakeCorrupt } from './damage.js';
import { isFernlakeError } from '../errors.js';
import { LIMITS } from '../limits.js';
import { definitionKey } from './keys.js';
import type { Ledger } from './ledger.js';
import { readLedger } from './ledgers.js';
import { newestSealed } from './newest-ledgers.js';
import { readWhole } from './objects.js';
import { damaged, type Outcome, read, valueOf } from './outcome.js';
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
  if (definitionHash(body) !== hash)
    return damaged(key, 'its bytes are not those that its name stands for', etag);
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

/** Ledgers looked at until one can be read, and its definition, too. */
const LOOKED_AT_MAX = 10;

/** What the rows of a dataset mean: by the definitions in the lake, so that reading it needs no setting. */
export class LakeForms {
  readonly #found = new Map<string, Promise<Outcome<RecordForm>>>();

  /** `declared` is taken where the lake has no definition yet, and for its own where that is lost. */
  constructor(
    private readonly storage: Storage,
    private readonly dataset: string,
    private readonly declared: RecordForm,
  ) {}

  /** Of rows whose ledger names this definition. */
  async of(definition: string): Promise<Outcome<RecordForm>> {
    if (definition === this.declared.definition) return read(this.declared);
    const found = this.#found.get(definition) ?? readDefinition(this.storage, this.dataset, definition);
    this.#found.set(definition, found);
    return await found;
  }

  /** Of the hour's rows, by its ledger; undefined where there is none. Throws `LakeCorrupt` where its definition cannot be read. */
  async ofHour(hour: Hour): Promise<RecordForm | undefined> {
    const ledger = valueOf(await readLedger(this.storage, this.dataset, hour))?.ledger;
    return ledger && (await this.ofLedger(ledger));
  }

  /** The same of a ledger that is at hand. */
  async ofLedger({ definition }: Pick<Ledger, 'definition'>): Promise<RecordForm> {
    const form = await this.of(definition);
    if (form.kind !== 'read') throw lakeCorrupt(form);
    return form.value;
  }

  /**
   * The form of the newest hour; it reads earlier rows, too, since dictionaries only grow. undefined in a
   * lake without one.
   */
  async newest(nowMs: number): Promise<RecordForm | undefined> {
    const sealed = await newestSealed(this.storage, this.dataset, LOOKED_AT_MAX, nowMs);
    for (const { hour } of sealed.reverse()) {
      const ledger = valueOf(await readLedger(this.storage, this.dataset, hour))?.ledger;
      const form = ledger && valueOf(await this.of(ledger.definition));
      if (form) return form;
    }
    return undefined;
  }
}
