import { setTimeout as sleep } from 'node:timers/promises';
import { FernlakeError } from '../errors.js';

/** S3's 409: another conditional write of the same key was under way at that moment. Asking again gives the true answer. */
const CONFLICT = 'ConditionalRequestConflict';
const CONFLICT_ATTEMPTS = 3;
const CONFLICT_WAIT_MS = 100;
/**
 * versitygw's 409 for a key that lies beside its own parent or child. It keeps objects as files, and says so as well when
 * another request removed the emptied folder at that moment (docs/decisions/0006); nothing was written then. AWS never does.
 */
const BLOCKED = new Set<unknown>(['ExistingObjectIsDirectory', 'ObjectParentIsFile']);
const BLOCKED_ATTEMPTS = 6;
const BLOCKED_WAIT_MS = 20;

export interface Write {
  /** One request; resolves to the new etag. */
  readonly send: () => Promise<string>;
  /** The etag of the object if it holds exactly our bytes by now. */
  readonly landed: () => Promise<string | undefined>;
  /** Whether `send` can be done again after a conflict. */
  readonly repeatable: boolean;
}

/**
 * A conditional write to its true end. An answer that was lost makes the SDK's own second try fail on what the first
 * one wrote; then, and when no answer came at all, the object is read back: our bytes there mean that we wrote them, or
 * that somebody did who wanted the very same.
 */
export async function writeOnce({ send, landed, repeatable }: Write): Promise<string> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await send();
    } catch (error) {
      if (!(error instanceof FernlakeError)) throw error;
      const conflict = error.details['reason'] === CONFLICT;
      if (conflict && repeatable && attempt < CONFLICT_ATTEMPTS) {
        await sleep(CONFLICT_WAIT_MS * attempt * (0.5 + Math.random()));
        continue;
      }
      if (mayHaveLanded(error, conflict)) {
        // The question may fail as the write did; then the write's own error says more.
        const etag = await landed().catch(() => undefined);
        if (etag !== undefined) return etag;
      }
      throw conflict && repeatable ? lostTo(error) : error;
    }
  }
}

function mayHaveLanded(error: FernlakeError, conflict: boolean): boolean {
  return Number(error.details['attempts']) > 1 || (error.code === 'StorageBusy' && !conflict);
}

function lostTo(error: FernlakeError): FernlakeError {
  return new FernlakeError('PreconditionFailed', 'terminal', error.message, {
    details: error.details,
    cause: error,
  });
}

/** The write; one that is blocked is tried a few times more before that is believed. */
export async function unblocked(send: () => Promise<string>): Promise<string> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await send();
    } catch (error) {
      const blocked = error instanceof FernlakeError && BLOCKED.has(error.details['reason']);
      if (!blocked || attempt === BLOCKED_ATTEMPTS) throw error;
      await sleep(BLOCKED_WAIT_MS * 2 ** attempt * (0.5 + Math.random()));
    }
  }
}
