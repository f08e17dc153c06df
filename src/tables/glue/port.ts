import type { LakeFormat } from '../../config/values.js';
import type { Hour } from '../../dataset/hour.js';

/** A catalogue that engines ask which hours a table has, where they do not compute that themselves. */
export interface Catalog {
  /** The forms of the lake that it has a table of. */
  readonly formats: readonly LakeFormat[];

  /**
   * Tells it of a landed hour. Resolves to whether that was news: an hour that it knows is no error. Throws `CatalogBusy`
   * (transient) or `CatalogDenied` (terminal).
   */
  register(format: LakeFormat, hour: Hour): Promise<boolean>;
}
