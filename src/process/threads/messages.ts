import type { Activities } from '../../activities/index.js';
import type { Declaration } from '../../dataset/declaration.js';
import type { StoredObject } from '../../storage/port.js';
import type { FailureCode, FailureKind } from '../../errors.js';

/** Activities that are more computing than waiting: those that may run on a thread of their own. */
export type Heavy =
  | 'findUncarried'
  | 'findRedrivable'
  | 'carry'
  | 'decrypt'
  | 'compact'
  | 'partition'
  | 'gzip'
  | 'upload'
  | 'merge'
  | 'settle';

/** What a thread needs to open the same lake as the worker. */
export interface ThreadSetup {
  readonly lake: string;
  readonly s3PathStyle: boolean;
  /** By dataset. */
  readonly datasets: Readonly<Record<string, ThreadDataset>>;
  readonly code: string;
}

export interface ThreadDataset {
  readonly declaration: Declaration;
  /** The worker writes Parquet of it. A thread never does: it only has to know. */
  readonly parquet: boolean;
}

export interface Job<Name extends Heavy = Heavy> {
  readonly name: Name;
  readonly input: Parameters<Activities[Name]>[0];
  /** Fernet keys as base64url, newest first. */
  readonly keys: readonly string[];
  /** 1 at its only position: the run was cancelled. */
  readonly cancelled: Int32Array;
  /** Objects that it need not read from the storage. */
  readonly atHand?: readonly StoredObject[];
}

export type JobResult<Name extends Heavy = Heavy> =
  | {
      readonly ok: true;
      readonly value: Awaited<ReturnType<Activities[Name]>>;
      readonly said: readonly Said[];
    }
  | { readonly ok: false; readonly failure: FailureForm; readonly said: readonly Said[] };

/** A line for the worker's log. */
export interface Said {
  readonly message: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

/** An error as it goes from one thread to another, where classes are lost. */
export interface FailureForm {
  readonly name: string;
  readonly message: string;
  readonly stack: string;
  /** Node's, or ours. */
  readonly code: string | undefined;
  /** Of a FernlakeError. */
  readonly ours?: {
    readonly code: FailureCode;
    readonly kind: FailureKind;
    readonly details: Readonly<Record<string, string | number | boolean | null>>;
    readonly retryAfterMs: number | undefined;
  };
  readonly cause?: FailureForm;
}
