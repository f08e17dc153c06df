import { InvalidArgumentError } from 'commander';
import { duration } from '../config/values.js';
import { messageOf } from '../errors.js';

/** Reads an option such as `5s`, in ms; a shorter one than `leastMs` is taken for that. */
export const intervalFrom =
  (leastMs: number) =>
  (text: string): number => {
    try {
      return Math.max(leastMs, duration(text));
    } catch (error) {
      throw new InvalidArgumentError(`It ${messageOf(error)}.`);
    }
  };
