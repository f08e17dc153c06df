/** What one poll showed. Ids are null for an empty window. */
export interface Observation {
  /** When the request left (ms since 1970), on the worker's clock. */
  readonly askedAtMs: number;
  readonly records: number;
  readonly oldestId: number | null;
  readonly newestId: number | null;
  /** Of the ids in this window, how many lie above the newest id of the poll before. */
  readonly fresh: number;
  /** SHA-256 of the body: tells a stalled source (new tokens, same ids) from a cached answer. */
  readonly bodySha256: string;
}
