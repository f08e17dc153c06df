import { MaxRedirectsError, TimeoutError } from 'got';
import { FernlakeError } from '../../errors.js';
import { type Address, sourceWords } from './address.js';

/** The server answered, but not in HTTP. */
const NO_HTTP = /^HPE_/;

/**
 * The failure for an error of the connection. got's own error is not kept as the cause, since it holds the
 * whole request with its credentials; its code is kept.
 */
export function failureOfConnection(error: unknown, address: Address): FernlakeError {
  const code = codeOf(error);
  const details = { url: address.shown, code };
  const cause = new Error(`${error instanceof Error ? error.name : 'Error'}: ${code}`);
  const from = sourceWords(address);
  if (error instanceof MaxRedirectsError) {
    return new FernlakeError(
      'SourceRefused',
      'terminal',
      `${from} redirects in a circle; check ${address.role.setting}`,
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
  if (NO_HTTP.test(code)) {
    const message = `${from} answered with something that is not HTTP (${code}); it will be asked again`;
    return new FernlakeError('SourceAnswer', 'transient', message, { details, cause });
  }
  const message = `${from} cannot be reached: ${explained(code)}; it will be asked again`;
  return new FernlakeError('SourceUnreachable', 'transient', message, { details, cause });
}

/** The failure of an answer that was not whole after `timeoutMs`. */
export function failureOfDeadline(timeoutMs: number, address: Address): FernlakeError {
  const message = `${sourceWords(address)} had not answered in full after ${timeoutMs} ms; it will be asked again`;
  const details = { url: address.shown, code: 'ETIMEDOUT', phase: 'overall' };
  return new FernlakeError('SourceUnreachable', 'transient', message, { details });
}

const TRUST_IT = 'to trust it, name the file of its certificate (PEM) in FERNLAKE_SOURCE_CA_FILE (ca_file)';
const UNKNOWN_AUTHORITY = `its certificate is of an authority that this machine does not know; ${TRUST_IT}`;
const HANDSHAKE = 'ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE';
const NO_IDENTITY = 'it wants a client certificate: name one in cert_file and key_file of the source';
const STRANGER =
  'it does not take the client certificate (cert_file): is it of the authority that it trusts?';

const EXPLAINED: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'connection refused',
  ECONNRESET: 'the connection was reset',
  EPIPE: 'the connection was closed',
  ENOTFOUND: 'no such host name',
  EAI_AGAIN: 'the name server did not answer',
  EHOSTUNREACH: 'no route to the host',
  ENETUNREACH: 'no route to the network',
  CERT_HAS_EXPIRED: 'its certificate has expired',
  CERT_NOT_YET_VALID: "its certificate is not valid yet: is this machine's clock right?",
  ERR_TLS_CERT_ALTNAME_INVALID: 'its certificate is for another name than the one in the source URL',
  EPROTO: 'it does not speak TLS as this side does: is it http:// rather than https://?',
  ERR_SSL_WRONG_VERSION_NUMBER: 'it does not speak TLS: is it http:// rather than https://?',
  DEPTH_ZERO_SELF_SIGNED_CERT: `it signed its certificate itself; ${TRUST_IT}`,
  SELF_SIGNED_CERT_IN_CHAIN: UNKNOWN_AUTHORITY,
  ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED: NO_IDENTITY,
  [HANDSHAKE]: `the two found no way to speak TLS, or ${NO_IDENTITY}`,
  ERR_SSL_TLSV1_ALERT_UNKNOWN_CA: STRANGER,
  ERR_SSL_SSLV3_ALERT_BAD_CERTIFICATE: STRANGER,
  ERR_SSL_SSLV3_ALERT_CERTIFICATE_UNKNOWN: STRANGER,
  ERR_SSL_SSLV3_ALERT_CERTIFICATE_EXPIRED: 'it says that the client certificate (cert_file) has expired',
  UNABLE_TO_GET_ISSUER_CERT: UNKNOWN_AUTHORITY,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: UNKNOWN_AUTHORITY,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: UNKNOWN_AUTHORITY,
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
    // Node has one code for all that TLS 1.2 says no with.
    code = own === 'EPROTO' && /alert handshake failure/.test(at.message) ? HANDSHAKE : own;
    if (!own.startsWith('ERR_GOT') && own !== 'ERR_READING_RESPONSE_STREAM') break;
  }
  return code;
}
