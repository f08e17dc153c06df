/** Expected number of records from the start to `ms`; never falls. */
export type Expected = (ms: number) => number;

export interface Stretch {
  readonly fromMs: number;
  readonly perSecond: number;
  /** Records that come all at once when the stretch begins. */
  readonly atOnce?: number;
}

/** A rate that changes in steps. The first stretch begins at 0. */
export function stepwise(stretches: readonly Stretch[]): Expected {
  const sums: number[] = [];
  let sum = 0;
  stretches.forEach(({ fromMs, atOnce = 0 }, i) => {
    const before = stretches[i - 1];
    if (before) sum += ((fromMs - before.fromMs) * before.perSecond) / 1000;
    sum += atOnce;
    sums.push(sum);
  });
  return (ms) => {
    let at = stretches.length - 1;
    while (at > 0 && (stretches[at]?.fromMs ?? 0) > ms) at -= 1;
    const stretch = stretches[at];
    return stretch ? (sums[at] ?? 0) + ((ms - stretch.fromMs) * stretch.perSecond) / 1000 : 0;
  };
}

/** A rate that swings between 0.1 and 1.9 times the mean, once in a day. */
export function daily(perSecond: number): Expected {
  const swing = (2 * Math.PI) / 86_400_000;
  return (ms) => (perSecond * (ms + (0.9 / swing) * (1 - Math.cos(ms * swing)))) / 1000;
}

/** Numbers in 0..1 that are the same on each run (mulberry32, public domain). */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Counts of records, to be asked for with times that never fall. */
export type Arrivals = (ms: number) => number;

/** Evenly spaced records. */
export function regular(expected: Expected): Arrivals {
  return (ms) => Math.floor(expected(ms) + 1e-9);
}

/** Records that know nothing of each other. */
export function scattered(expected: Expected, random: () => number): Arrivals {
  let doneMs = 0;
  let count = 0;
  return (ms) => {
    if (ms > doneMs) {
      count += poisson(expected(ms) - expected(doneMs), random);
      doneMs = ms;
    }
    return count;
  };
}

/** Records in clumps of `size`. */
export function clumped(expected: Expected, size: number): Arrivals {
  return (ms) => Math.floor(expected(ms) / size + 1e-9) * size;
}

function poisson(mean: number, random: () => number): number {
  // Knuth's way costs one draw a record; in pieces, since exp(-800) is 0.
  if (mean < 30) {
    const limit = Math.exp(-mean);
    let product = random();
    let count = 0;
    for (; product > limit; count += 1) product *= random();
    return count;
  }
  return transformedRejection(mean, random);
}

/** W. Hörmann, "The transformed rejection method for generating Poisson random variables" (1993), PTRS; mean >= 10. */
function transformedRejection(mean: number, random: () => number): number {
  const b = 0.931 + 2.53 * Math.sqrt(mean);
  const a = -0.059 + 0.02483 * b;
  const inverseAlpha = 1.1239 + 1.1328 / (b - 3.4);
  const accepted = 0.9277 - 3.6224 / (b - 2);
  for (;;) {
    const u = random() - 0.5;
    const v = random();
    const us = 0.5 - Math.abs(u);
    const k = Math.floor(((2 * a) / us + b) * u + mean + 0.43);
    if (us >= 0.07 && v <= accepted) return k;
    if (k < 0 || (us < 0.013 && v > us)) continue;
    const left = Math.log(v) + Math.log(inverseAlpha) - Math.log(a / (us * us) + b);
    if (left <= -mean + k * Math.log(mean) - logFactorial(k)) return k;
  }
}

/** Stirling's series; exact to 1e-9 from 10 up, and summed below. */
function logFactorial(n: number): number {
  if (n < 10) {
    let sum = 0;
    for (let i = 2; i <= n; i += 1) sum += Math.log(i);
    return sum;
  }
  const x = n + 1;
  return (x - 0.5) * Math.log(x) - x + 0.5 * Math.log(2 * Math.PI) + 1 / (12 * x) - 1 / (360 * x ** 3);
}
