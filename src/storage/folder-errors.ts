import { FernlakeError, type FailureCode, type FailureKind } from '../errors.js';

export const codeOf = (error: unknown): string | undefined => {
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === 'string' ? code : undefined;
};

const FULL = new Set(['ENOSPC', 'EDQUOT', 'EFBIG']);
const DENIED = new Set(['EACCES', 'EPERM', 'EROFS', 'ELOOP']);
/** The key needs a folder where there is a file, or a file where there is a folder. */
const SHAPE = new Set(['ENOTDIR', 'EISDIR', 'ENAMETOOLONG', 'EINVAL']);

export type Verb = 'read' | 'write' | 'list' | 'delete';

/** The operating system's error as one that says what to do. */
export function folderError(error: unknown, verb: Verb, key: string, root: string): FernlakeError {
  if (error instanceof FernlakeError) return error;
  const errno = codeOf(error) ?? 'unknown';
  const what = `cannot ${verb} ${key === '' ? 'the folder' : key} in ${root} (${errno})`;
  const failure = (code: FailureCode, kind: FailureKind, message: string): FernlakeError =>
    new FernlakeError(code, kind, message, { details: { key, lake: root, errno }, cause: error });

  if (errno === 'ENOENT' && verb === 'read') {
    return failure('ObjectNotFound', 'terminal', `there is no ${key} in ${root}`);
  }
  if (errno === 'ENOENT') {
    return failure(
      'StorageBusy',
      'transient',
      `${what}: the folder is gone. Mount it or put it back; it is tried again`,
    );
  }
  if (FULL.has(errno)) {
    return failure(
      'StorageFull',
      'transient',
      `${what}: the disk is full. Free some space; it is tried again`,
    );
  }
  if (DENIED.has(errno)) {
    return failure(
      'StorageDenied',
      'terminal',
      `${what}: ${mendOf(errno)}. Check the owner and mode of the folder, and that it is not mounted read-only`,
    );
  }
  if (SHAPE.has(errno)) {
    return failure('StorageKey', 'terminal', `${what}: a folder cannot hold this key beside what it holds`);
  }
  return failure('StorageBusy', 'transient', `${what}: it is tried again`);
}

function mendOf(errno: string): string {
  return errno === 'EROFS' ? 'the file system is read-only' : 'this user may not';
}
