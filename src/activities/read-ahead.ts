/**
 * Results of `work` in the order of the items, while up to `width` later ones are under way. Leaving the loop waits for
 * those, so that nothing goes on behind the caller's back.
 */
export async function* readAhead<T, R>(
  items: Iterable<T>,
  width: number,
  work: (item: T) => Promise<R>,
): AsyncGenerator<readonly [T, R]> {
  const underWay: { readonly item: T; readonly result: Promise<R> }[] = [];
  const source = items[Symbol.iterator]();
  try {
    for (;;) {
      for (let next; underWay.length < width && !(next = source.next()).done;) {
        const result = work(next.value);
        // Its failure is told where it is waited for; until then it is not unhandled.
        result.catch(() => undefined);
        underWay.push({ item: next.value, result });
      }
      const first = underWay.shift();
      if (!first) return;
      yield [first.item, await first.result];
    }
  } finally {
    await Promise.allSettled(underWay.map(({ result }) => result));
  }
}
