/**
 * What came of reading a stored object: it was read, it is gone, or it is damaged (there, but not what was
 * written). A caller has to handle each of the three.
 */
export type Outcome<T> = Read<T> | Unread;

export interface Read<T> {
  readonly kind: 'read';
  readonly value: T;
}

export type Unread = Gone | Damaged;

export interface Gone {
  readonly kind: 'gone';
  readonly key: string;
}

export interface Damaged {
  readonly kind: 'damaged';
  readonly key: string;
  /** In words that quote nothing of its content. */
  readonly why: string;
  /** What a write that takes its place depends on, where that is known. */
  readonly etag?: string;
}

export const read = <T>(value: T): Read<T> => ({ kind: 'read', value });
export const gone = (key: string): Gone => ({ kind: 'gone', key });
export const damaged = (key: string, why: string, etag?: string): Damaged => ({
  kind: 'damaged',
  key,
  why,
  ...(etag === undefined ? {} : { etag }),
});

/** The value, where it was read; undefined where the object is gone or damaged, for those to whom that is one. */
export const valueOf = <T>(outcome: Outcome<T>): T | undefined =>
  outcome.kind === 'read' ? outcome.value : undefined;
