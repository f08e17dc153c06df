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

/**
 * A number of JSON's spelling that readers of JSON refuse: 1e999 is infinity to Python and an error to others. An integer that
 * a double would round is none such: it lands as it is spelt, and only ids have to be safe (`unsafe-integer`).
 */
export function faultOfNumber(
  spelling: string,
): { readonly reason: QuarantineReason; readonly rule: string } | undefined {
  return Number.isFinite(Number(spelling))
    ? undefined
    : { reason: 'unrepresentable', rule: 'a number beyond the largest double' };
}
