import type { QuarantineReason } from './reason.js';

/** Digits that are certain to stay below 2^53. */
export const SAFE_DIGITS = 15;

/** JSON's grammar of numbers; group 1 is the fraction, group 2 the exponent. Sticky: set `lastIndex` first. */
export const JSON_NUMBER = /-?(?:0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?/y;

/**
 * Whatever else begins like a number in Python: 0x10, 1_000, 1., .5, +1, - 1, 007, 2j, 1+2j. Some of it Python refuses,
 * too; since all of it is refused here, it need not be told apart.
 */
export const ODD_NUMBER =
  /(?:[+-] *)?\.?[0-9](?:[\w.]|(?<=[eE])[+-](?=[0-9]))*(?: *[+-] *\.?[0-9](?:[\w.]|(?<=[eE])[+-](?=[0-9]))*[jJ])?/y;

/** Numbers of JSON's spelling that a reader would not get as they are. `float` as by the spelling. */
export function faultOfNumber(
  spelling: string,
  float: boolean,
): { readonly reason: QuarantineReason; readonly rule: string } | undefined {
  const value = Number(spelling);
  if (float) {
    // 1e999 is infinity to Python and an error to others.
    return Number.isFinite(value)
      ? undefined
      : { reason: 'unrepresentable', rule: 'a float beyond the largest double' };
  }
  return Number.isSafeInteger(value)
    ? undefined
    : { reason: 'unsafe-integer', rule: 'an integer beyond 2^53 - 1, where JSON readers start to round' };
}
