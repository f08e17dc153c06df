export interface Scratch {
  readonly dataset: string;
  /** Folder of this batch under staging/. */
  readonly staging: string;
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
}
