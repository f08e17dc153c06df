/** What a receiver is sent. */
export interface Notice {
  readonly dataset: string;
  readonly state: 'begun' | 'over';
  readonly key: string;
  readonly what: string;
  /** Empty where there is nothing to do. */
  readonly mend: string;
  readonly since: string;
  readonly at: string;
}

interface Known {
  readonly sinceMs: number;
  /** null: it has not gone on long enough to be told. */
  readonly toldFigure: number | null;
  readonly over: string | null;
}

/** From one look to the next, by the key of the condition. */
export type WatchMemory = Readonly<Record<string, Known>>;
