import os from 'node:os';
import type { LakeName } from '../lake/identity.js';

/** `1234@host lake 3f9a12cd`: what the SDK calls a worker, and its lake. */
export const workerIdentity = ({ id }: LakeName): string =>
  `${process.pid}@${os.hostname()} lake ${short(id)}`;

/** Whether a worker says that it has another lake than this; one that says nothing may have any. */
export function isOfOtherLake(identity: string, { id }: Pick<LakeName, 'id'>): boolean {
  const said = / lake ([0-9a-f]{8})$/.exec(identity)?.[1];
  return said !== undefined && said !== short(id);
}

const short = (id: string): string => id.slice(0, 8);
