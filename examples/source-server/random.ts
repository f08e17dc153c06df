/** What a draw is for: draws of different purposes are independent of each other. */
export type Purpose =
  | 'gap'
  | 'activity'
  | 'user'
  | 'again'
  | 'againDistance'
  | 'late'
  | 'lateBy'
  | 'duplicate'
  | 'conflict'
  | 'shuffle'
  | 'misbehave';

const PURPOSES: Readonly<Record<Purpose, number>> = {
  gap: 1,
  activity: 2,
  user: 3,
  again: 4,
  againDistance: 5,
  late: 6,
  lateBy: 7,
  duplicate: 8,
  conflict: 9,
  shuffle: 10,
  misbehave: 11,
};

/**
 * A number in [0, 1) that depends on nothing but its arguments, so that record n can be computed without the records
 * before it. MurmurHash3's mixing (public domain, Austin Appleby) over three words.
 */
export function draw(seed: number, purpose: Purpose, n: number): number {
  let hash = mix(0x9e3779b9, seed | 0);
  hash = mix(hash, PURPOSES[purpose]);
  hash = mix(hash, n | 0);
  hash = mix(hash, Math.floor(n / 2 ** 32));
  return finish(hash) / 2 ** 32;
}

function mix(hash: number, word: number): number {
  let k = Math.imul(word, 0xcc9e2d51);
  k = Math.imul((k << 15) | (k >>> 17), 0x1b873593);
  const mixed = hash ^ k;
  return (Math.imul((mixed << 13) | (mixed >>> 19), 5) + 0xe6546b64) | 0;
}

function finish(hash: number): number {
  let h = hash;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}
