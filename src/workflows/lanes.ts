export interface Lanes {
  /** At once: one computes while another waits for the storage or the server. */
  readonly lanes: number;
  /** Items of each call. */
  readonly each: number;
}

/** All items, some in each call; those that a call gives back come next. */
export async function inLanes<T>(
  { lanes, each }: Lanes,
  items: readonly T[],
  work: (some: readonly T[]) => Promise<readonly T[] | void>,
): Promise<void> {
  let next = 0;
  const lane = async (): Promise<void> => {
    while (next < items.length) {
      let left = items.slice(next, next + each);
      next += left.length;
      while (left.length > 0) left = [...((await work(left)) ?? [])];
    }
  };
  await Promise.all(Array.from({ length: lanes }, lane));
}
