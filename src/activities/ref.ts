export interface Scratch {
  readonly dataset: string;
  /** Folder of this batch under staging/. */
  readonly staging: string;
}

/** Of a step that leaves its blob to the next one of the batch. */
export interface BatchScratch extends Scratch {
  /** What is left is staged in the storage, where any worker finds it; else it may be held in the memory of this one. */
  readonly inStorage?: boolean;
}

/**
 * A claim check: what activities hand each other in place of bytes. History holds only these.
 * `uri` is the full address in the lake, `sha256` (hex) and `bytes` are of the object as stored, `records` how many
 * records (or entries) it holds.
 */
export interface Ref {
  readonly uri: string;
  readonly sha256: string;
  readonly bytes: number;
  readonly records: number;
  /** It is in the memory of the worker that made it, and nowhere else. */
  readonly held?: true;
}
