import { MaxRedirectsError, TimeoutError } from 'got';
import { FernlakeError } from '../domain/errors.js';
import type { Address } from './address.js';

/** The server answered, but not in HTTP (HPE_), or not in the encoding that it named: zlib's, zstd's and brotli's codes. */
const UNDECODABLE = /^(HPE_|Z_|ZSTD_|ERR_BROTLI_|ERR__ERROR_)/;

/**
 * The failure that an error of the connection stands for. got's own error is not kept as the cause: it carries the whole
 * request, credentials included. Its code is kept, which is what one looks up.
 */
export function failureOfConnection(error: unknown, address: Address): FernlakeError {
  const code = codeOf(error);
  const details = { url: address.shown, code };
  const cause = new Error(`${error instanceof Error ? error.name : 'Error'}: ${code}`);
  const from = `the source ${address.shown}`;
  if (error instanceof MaxRedirectsError) {
    return new FernlakeError(
      'SourceRefused',
      'terminal',
      `${from} redirects in a circle; check the source URL`,
      { details, cause },
    );
  }
  if (error instanceof TimeoutError) {
    const message = `${from} did not answer in time (phase: ${error.event}); it will be asked again`;
    return new FernlakeError('SourceUnreachable', 'transient', message, {
      details: { ...details, phase: error.event },
      cause,
    });
  }
  if (UNDECODABLE.test(code)) {
    const message = `${from} answered with bytes that cannot be decoded (${code}); it will be asked again`;
    return new FernlakeError('SourceAnswer', 'transient', message, { details, cause });
  }
  const message = `${from} cannot be reached: ${explained(code)}; it will be asked again`;
  return new FernlakeError('SourceUnreachable', 'transient', message, { details, cause });
}

/** The failure of an answer that was not whole after `timeoutMs`. */
export function failureOfDeadline(timeoutMs: number, address: Address): FernlakeError {
  const message = `the source ${address.shown} had not answered in full after ${timeoutMs} ms; it will be asked again`;
  const details = { url: address.shown, code: 'ETIMEDOUT', phase: 'overall' };
  return new FernlakeError('SourceUnreachable', 'transient', message, { details });
}

const EXPLAINED: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'connection refused',
  ECONNRESET: 'the connection was reset',
  EPIPE: 'the connection was closed',
  ENOTFOUND: 'no such host name',
  EAI_AGAIN: 'the name server did not answer',
  EHOSTUNREACH: 'no route to the host',
  ENETUNREACH: 'no route to the network',
  CERT_HAS_EXPIRED: 'its certificate has expired',
};

function explained(code: string): string {
  const words = EXPLAINED[code];
  return words === undefined ? code : `${words} (${code})`;
}

/** The code of the error or of the first cause that has a telling one. */
function codeOf(error: unknown): string {
  let code = 'ERR_UNKNOWN';
  for (let at = error, hops = 0; at instanceof Error && hops < 5; at = at.cause, hops++) {
    const own = (at as NodeJS.ErrnoException).code;
    if (typeof own !== 'string') continue;
    code = own;
    if (!own.startsWith('ERR_GOT') && own !== 'ERR_READING_RESPONSE_STREAM') break;
  }
  return code;
}
