import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';

/** The project's shared data, which lies beside a checkout and not in it. */
export function sharedPath(name: string): string {
  return path.resolve('..', 'shared', 'data', name);
}

/** Parsed JSON of a shared file; where there is none, the test says so and is skipped. */
export function sharedJson(context: Mocha.Context, name: string): unknown {
  const file = sharedPath(name);
  if (!existsSync(file)) {
    console.warn(
      `skipped "${context.test?.fullTitle() ?? ''}": there is no ${path.join('..', 'shared', 'data', name)}`,
    );
    return context.skip();
  }
  return JSON.parse(readFileSync(file, 'utf8'));
}

/** The key of the capture; it was published with the exercise that the API was made for. */
export const CAPTURE_KEY = 't-jdqnDewRx9kWithdsTMS21eLrri70TpkMq2A59jX8=';

export interface CaptureEnvelope {
  readonly recordId: number;
  readonly ArrivalTimeStamp: number;
  readonly data: string;
}
