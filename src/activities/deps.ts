import type { ParquetWriter } from '../tables/parquet/port.js';
import type { Catalog } from '../tables/glue/port.js';
import type { KeyRing } from '../dataset/fernet-keys.js';
import type { RecordForm } from '../dataset/form.js';
import type { Source } from './fetch/port.js';
import type { Storage } from '../storage/port.js';

/** The ports that activities work through; the worker wires them (src/worker.ts). */
export interface ActivityDeps {
  readonly storage: Storage;
  readonly source: Source;
  /** Asked once per activity, so that a rotated key file takes effect without a restart. */
  readonly keyRing: () => Promise<KeyRing>;
  /** How the dataset's records become rows. */
  readonly form: RecordForm;
  /** Where FERNLAKE_FORMATS has parquet: every seal writes it, too. */
  readonly parquet?: ParquetWriter;
  /** Where FERNLAKE_GLUE_DATABASE is set: every seal tells it of its hour. */
  readonly catalog?: Catalog;
  /** The worker is to stop: nothing is asked any more that nobody waits for. */
  readonly ended?: AbortSignal;
  /** Version of code and row form, for the ledger. */
  readonly code: string;
}

/** What it takes to read the archive. */
export type ReadingDeps = Pick<ActivityDeps, 'storage' | 'keyRing' | 'form'>;

/** What an activity may know of Temporal: that somebody may want it to stop, and that it should say it is alive. */
export interface Pulse {
  /** Which try at this activity it is; the first is 1. */
  readonly attempt: number;
  /** Says that the activity is alive; throws when it has been cancelled. */
  beat(): void;
  /** Says that the activity is alive, all through one long wait; `signal` tells of a cancellation. */
  during<T>(wait: Promise<T>): Promise<T>;
  readonly signal: AbortSignal | undefined;
  /** A line in the worker's log. Never a secret or a record in it. */
  warn(message: string, fields: Readonly<Record<string, unknown>>): void;
}
