/** One way of doing what all sides do. */
export interface Side<T> {
  readonly name: string;
  readonly run: (turn: number) => Promise<T>;
}

/** Every side in turn, so many rounds: what disturbs the machine disturbs all of them. The first round warms up and does not count. */
export async function inTurn<T>(
  sides: readonly Side<T>[],
  rounds: number,
  options: { readonly warmUp: boolean; readonly say: (text: string) => void },
): Promise<Map<string, T[]>> {
  const results = new Map<string, T[]>(sides.map(({ name }) => [name, []]));
  for (let round = options.warmUp ? 0 : 1; round <= rounds; round += 1) {
    for (const side of sides) {
      options.say(`${round === 0 ? 'warm-up' : `round ${round} of ${rounds}`}: ${side.name}`);
      const result = await side.run(round);
      if (round > 0) results.get(side.name)?.push(result);
    }
  }
  return results;
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2;
}

/** The smallest value that so large a share of all is not above. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN;
}

export const grouped = (n: number, digits = 0): string =>
  n.toLocaleString('en-US', { minimumFractionDigits: digits, maximumFractionDigits: digits });

/** Median, and in brackets the lowest and the highest. */
export function spread(values: readonly number[], digits = 0): string {
  const [low, high] = [Math.min(...values), Math.max(...values)];
  return values.length < 2
    ? grouped(median(values), digits)
    : `${grouped(median(values), digits)} (${grouped(low, digits)} to ${grouped(high, digits)})`;
}
