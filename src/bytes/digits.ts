const ZERO = 0x30;

/** Writes a whole number of 0 to 2^53 - 1 in decimal digits at `at`; the offset behind it. */
export function writeDigits(bytes: Uint8Array, value: number, at: number): number {
  let end = at + 1;
  for (let power = 10; power <= value; power *= 10) end += 1;
  let rest = value;
  for (let i = end - 1; i >= at; i -= 1) {
    // Not by way of `rest / 10`, which is rounded near 2^53.
    const digit = rest % 10;
    bytes[i] = ZERO + digit;
    rest = (rest - digit) / 10;
  }
  return end;
}

/** The whole number from `at` to `end` (at most 16 digits). Throws SyntaxError for anything else. */
export function readDigits(bytes: Uint8Array, at: number, end: number): number {
  let value = 0;
  for (let i = at; i < end; i += 1) {
    const digit = bytes[i]! - ZERO;
    if (digit < 0 || digit > 9) throw new SyntaxError('not a number in decimal digits');
    value = value * 10 + digit;
  }
  if (end <= at || end - at > 16) throw new SyntaxError('not a number in decimal digits');
  return value;
}
