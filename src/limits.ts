/**
 * A limit on everything that a hostile or broken peer could make grow. One place; docs/reference/limits.md explains them.
 * Sizes are bytes, counts are items.
 */
export const LIMITS = {
  /** One answer of the source, after content decoding. 100 records of the real API are 60 kB. */
  bodyBytesMax: 32 * 1024 * 1024,
  /** Records in one answer. */
  answerRecordsMax: 50_000,
  /** Nesting of an answer; the real one has 2. Far below what overflows a stack, so that an odd envelope goes to quarantine alone. */
  answerDepthMax: 500,
  /** Values of all kinds in an answer: 50,000 records of 40 fields. */
  answerValuesMax: 2_000_000,
  /** Event hours in one answer, over a year of them: records of further hours go to quarantine (`too-many-hours`). */
  answerHoursMax: 10_000,
  /** No source may put the pipeline to sleep for longer than this with one `Retry-After`: a day. */
  retryAfterMsMax: 24 * 3_600_000,
  /** What an answer names its next page by; a longer one is passed over, as no address holds it. */
  cursorCharactersMax: 4_096,
  /** One id that is text, in UTF-8; a UUID has 36. Of an envelope with a longer one the id is unreadable (`malformed-envelope`). */
  idBytesMax: 1024,
  /** One plaintext. Real ones have 270 B. */
  recordBytesMax: 256 * 1024,
  /** Nesting of a plaintext; the real one has 2. */
  recordDepthMax: 32,
  /** Raw objects that one batch of the process phase carries. */
  batchWindowsMax: 50,
  /** The same of `reprocess`, which carries years and has some batches under way at once. */
  reprocessWindowsMax: 300,
  /** A batch that holds so many bytes of answers (unpacked) takes no more. It always takes one. */
  batchBodyBytesMax: 16 * 1024 * 1024,
  /** A batch that holds so many bytes of compacted entries takes no more answers. */
  batchEntryBytesMax: 8 * 1024 * 1024,
  /** Bytes that wait in memory for the next step of their batch, on a worker and on each of its threads. */
  heldBytesMax: 24 * 1024 * 1024,
  /** Bytes of answers and segments that a worker has at hand since it wrote them. */
  recentBytesMax: 16 * 1024 * 1024,
  /** Event hours, hence segments, of one batch; it always takes one answer whole. */
  batchHoursMax: 10_000,
  /**
   * What an object of a lake may have at most to be read whole, packed and unpacked; a larger one is damaged, or somebody else's. Rows,
   * segments, Parquet files, copies and `sizes` go through in chunks, whatever their size.
   */
  wholeBytesMax: 64 * 1024 * 1024,
  /** One line of a landed object or a segment. Of a record of the largest size, every character of it escaped. */
  lineBytesMax: 8 * 256 * 1024,
  /** One line of quarantine; a larger envelope is left to the archive. */
  quarantineLineBytesMax: 1024 * 1024,
  /** Envelopes in one quarantine object; further ones are left to the archive. With 50,000 entries it stays below `wholeBytesMax`. */
  quarantineEnvelopesBytesMax: 32 * 1024 * 1024,
  /** Records that one list of quarantine names; it counts all. */
  quarantineListMax: 100_000,
  /** Text of what one `query` shows. DuckDB itself may hold four times that. */
  queryResultBytesMax: 256 * 1024 * 1024,
  /** Objects up to this size are read side by side, larger ones in turn. */
  smallBytesMax: 1024 * 1024,
  /** Raw names that one survey reports; the next one goes on from there. */
  surveyRawsMax: 2_000,
  /** Answers that nobody has carried that one look before a seal reports; the next look goes on. */
  forgottenMax: 3_000,
  /** Archived answers through which one search for uncarried ones goes; 330 kB of a payload's 2 MiB. */
  findRawsMax: 10_000,
  /** Hours with unsealed segments that one survey reports, the newest; 160 kB of a payload's 2 MiB. */
  surveyHoursMax: 10_000,
  /** Sealed hours that one listing for `reprocess` names; the next one goes on from there. 160 kB of a payload's 2 MiB. */
  sealedHoursMax: 10_000,
  /** Days of arrival that one listing for `reprocess` names; the next one goes on from there. 450 kB of a payload's 2 MiB. */
  arrivalDaysMax: 20_000,
  /** Activities of one `reprocess` at once, over all workers: the server allows a run 2,000 children and as many activities. */
  reprocessAtOnceMax: 2_000,
  /** Hours whose seals one run starts or signals: the server allows 2,000 children at once. The next run goes on. */
  runHoursMax: 1_000,
  /** A run whose history has so many events continues as a new one; the server ends it at 51,200. */
  runEventsMax: 20_000,
  /** A run whose history has so many bytes continues as a new one; the server ends it at 50 MiB. */
  runHistoryBytesMax: 20 * 1024 * 1024,
  /** Hours, lost ranges and the like that a run's report names. */
  reportItemsMax: 500,
} as const;

/** Of a setting: 100 years. A timer of Temporal's holds 292. */
export const DURATION_MS_MAX = 100 * 365 * 24 * 3_600_000;
