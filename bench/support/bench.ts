/** What a bench is, and what it leaves behind. Everything in a result is plain JSON: RESULTS.md is rendered from it. */
export interface Bench {
  readonly name: string;
  readonly title: string;
  /** On two quiet cores, data and peers at hand. */
  readonly minutes: number;
  readonly run: (context: BenchContext) => Promise<BenchOutcome>;
}

export interface BenchContext {
  /** Little data, few runs: shows that the bench works, and nothing about speed. */
  readonly quick: boolean;
  /** A line of progress. */
  readonly say: (text: string) => void;
  /** Runs at the end of the bench, however it ends: the last one first. */
  readonly onEnd: (cleanUp: () => Promise<void> | void) => void;
}

export interface BenchOutcome {
  readonly tables: readonly Table[];
  /** What a reader must know to read the tables; Markdown, a paragraph each. */
  readonly notes: readonly string[];
  /** For the short table at the top of the results, and the figures a later run is compared by. */
  readonly headlines: readonly Headline[];
  /** Lines of a plot: how a figure grows with the work. */
  readonly growth?: readonly GrowthLine[];
  /** How many times as fast so many workers are as one. */
  readonly scaling?: readonly GrowthLine[];
}

export interface Table {
  readonly title: string;
  readonly columns: readonly string[];
  readonly rows: readonly (readonly (string | number)[])[];
}

export interface Headline {
  readonly what: string;
  readonly value: string;
  /** What it is held against: a peer in the same run, or a bound that was set. */
  readonly against?: string;
  /** ours / theirs, above 1 is better; for a bar in the plot. */
  readonly ratio?: number;
  /** Whether the bound that was set for it is kept. */
  readonly met?: boolean;
}

export interface GrowthLine {
  readonly what: string;
  readonly unit: string;
  readonly points: readonly { readonly work: number; readonly value: number }[];
}

export interface StoredResult extends BenchOutcome {
  readonly name: string;
  readonly title: string;
  readonly startedAt: string;
  readonly seconds: number;
  readonly commit: string;
  readonly machine: Machine;
  /** The bench failed, and this is why; tables are then empty. */
  readonly error?: string;
}

export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryGiB: number;
  readonly os: string;
  readonly node: string;
  readonly python: string;
  readonly go: string;
  /** One-minute load average before the bench began. */
  readonly load: number;
  readonly quiet: boolean;
  /** Of the processors' time that was wanted while the bench ran, what the hypervisor gave to others, in percent. */
  readonly stolenPercent?: number;
}
