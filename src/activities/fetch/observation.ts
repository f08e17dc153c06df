/** What one poll showed. */
export interface Observation {
  /** When the request left (ms since 1970), on the worker's clock. */
  readonly askedAtMs: number;
  readonly records: number;
  /** Null where no id is a number. */
  readonly oldestId: number | null;
  readonly newestId: number | null;
  /** Of the ids in this window, how many lie above the newest id of the poll before; of texts, how many that one did not show. */
  readonly fresh: number;
  /** SHA-256 of the body: tells a stalled source (new tokens, same ids) from a cached answer. */
  readonly bodySha256: string;
  /** Only where ids are text: they tell neither which is newer nor what lies between two. */
  readonly texts?: TextWindow;
}

/** A window known by its ids as a set. */
export interface TextWindow {
  /** Raw name of the answer: the next poll holds its own ids against those of this one. */
  readonly answer: string;
  /** Different ids. */
  readonly shown: number;
  /** Whether any id of the poll before is among them; null where that is not known. */
  readonly overlaps: boolean | null;
}
