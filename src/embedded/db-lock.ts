import { FernlakeError } from '../errors.js';
import { type PidLock, takePidLock } from './pid-lock.js';

/**
 * Two dev servers open the same SQLite file without a word (seen with server 1.32.0), and both then run its schedules.
 * So whoever opens `dbFile` leaves its process id in `<dbFile>.lock`.
 * Throws FernlakeError `Configuration` when another process has the file open.
 */
export function lockDb(dbFile: string): PidLock {
  const file = `${dbFile}.lock`;
  const lock = takePidLock(file);
  if (typeof lock !== 'number') return lock;
  throw new FernlakeError(
    'Configuration',
    'terminal',
    `The Temporal database ${dbFile} is in use by process ${lock} (${file}). ` +
      'Stop that one first, or start this one with another folder.',
    { details: { dbFile, pid: lock } },
  );
}
