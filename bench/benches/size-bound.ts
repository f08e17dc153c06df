/** The entropy of what a generated row holds (data/record.ts, and the sample API's timeline), in bits. */

const RETURN_SHARE = 0.048;
const RETURN_RANGE = 219;
const SHARES = [0.77, 0.13, 0.1];

/** The timeline's gaps: 300 ms + 1,700 ms × u^4.76 for u uniform in [0, 1), of a mean of 595 ms, scaled to the rate. */
const GAP = { rangeMs: 1_700, exponent: 4.76, meanMs: 595 } as const;

const entropy = (shares: readonly number[]): number =>
  shares.reduce((sum, share) => sum - share * Math.log2(share), 0);

/**
 * Of one gap to the millisecond, at a mean gap of `meanMs`. The differential entropy of a + b·u^k is
 * log2(b·k) + (k - 1)·E[log2 u], and E[ln u] is -1; whole milliseconds leave that much of it while gaps are many of them.
 */
export function gapBits(meanMs: number): number {
  const { rangeMs, exponent } = GAP;
  const atRate = Math.log2(meanMs / GAP.meanMs);
  return Math.max(0, Math.log2(rangeMs * exponent) - (exponent - 1) / Math.LN2 + atRate);
}

export function rowBits(meanGapMs: number): number {
  const user =
    (1 - RETURN_SHARE) * 256 +
    RETURN_SHARE * Math.log2(RETURN_RANGE) +
    entropy([RETURN_SHARE, 1 - RETURN_SHARE]);
  return user + entropy(SHARES) + gapBits(meanGapMs);
}
