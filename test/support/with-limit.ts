import { LIMITS } from '../../src/limits.js';

/** Runs with a lower limit than ships, so that a test need not make thousands of things to reach it. Not for two at once. */
export async function withLimit<T>(
  name: keyof typeof LIMITS,
  value: number,
  run: () => Promise<T>,
): Promise<T> {
  const limits = LIMITS as Record<keyof typeof LIMITS, number>;
  const shipped = limits[name];
  assertLower(name, value, shipped);
  limits[name] = value;
  try {
    return await run();
  } finally {
    limits[name] = shipped;
  }
}

function assertLower(name: string, value: number, shipped: number): void {
  if (value >= shipped) throw new Error(`${name} is ${shipped}: ${value} is not lower`);
}
