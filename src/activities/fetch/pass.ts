/** What lets one request in. */
export interface Pass {
  readonly headers: Readonly<Record<string, string>>;
  readonly params: readonly (readonly [name: string, value: string])[];
}

/** How fernlake says who it is. */
export interface Credentials {
  /** `signal` ends what has to be asked for elsewhere. */
  pass(signal: AbortSignal): Pass | Promise<Pass>;
  /** The source did not take the pass: whether another can be had. */
  drop(): boolean;
  /** What was sent, and what to do where it was refused; in words, without a value. */
  readonly advice: string;
}

export const passOf = (headers: Readonly<Record<string, string>>): Pass => ({ headers, params: [] });
