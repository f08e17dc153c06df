/** One kind of elements that do not land: how many, what they are, what to do. */
export interface Group {
  readonly count: number;
  readonly says: string;
  readonly mend: string;
}

const SHOWN_MAX = 3;

/** By what is said of each; the largest first. */
export function grouped<T>(all: readonly T[], tell: (one: T) => Omit<Group, 'count'>): Group[] {
  const groups = new Map<string, Group>();
  for (const one of all) {
    const { says, mend } = tell(one);
    groups.set(says, { says, mend, count: (groups.get(says)?.count ?? 0) + 1 });
  }
  return [...groups.values()].sort((a, b) => b.count - a.count);
}

/** What to do, kind by kind where several kinds have advice of their own. */
export function mendOf(groups: readonly Group[]): string {
  const shown = groups.slice(0, SHOWN_MAX);
  const mends = [...new Set(shown.map(({ mend }) => mend))];
  if (mends.length < 2) return mends[0] ?? '';
  return mends.map((mend) => `${shown.find((group) => group.mend === mend)!.says}: ${mend}`).join('; ');
}

/** `12 are …, 3 are … and 4 of other kinds`; the words stand behind the count. */
export function inWords(groups: readonly Group[], words: (group: Group) => string): string {
  const shown = groups.slice(0, SHOWN_MAX).map(words).join('; ');
  const others = groups.slice(SHOWN_MAX).reduce((sum, { count }) => sum + count, 0);
  return others === 0 ? shown : `${shown}; and ${others} of other kinds`;
}
