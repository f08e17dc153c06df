import { readFileSync } from 'node:fs';
import tls from 'node:tls';
import { FernlakeError } from '../../errors.js';

/**
 * The certificates that Node trusts by itself, and those of these files: whoever names authorities to TLS takes Node's own away.
 * Throws FernlakeError `Configuration` for a file that cannot be read or holds no certificate.
 */
export function trusted(caFiles: readonly string[]): string[] {
  return [...tls.rootCertificates, ...caFiles.map((file) => read(file, 'certificate', 'CERTIFICATE'))];
}

/**
 * What this side shows where the source wants to know whom it serves.
 * Throws FernlakeError `Configuration` for a file that cannot be read, or a key that is not the certificate's.
 */
export function identityOf({ certFile, keyFile }: { readonly certFile: string; readonly keyFile: string }): {
  readonly certificate: string;
  readonly key: string;
} {
  const identity = {
    certificate: read(certFile, 'certificate', 'CERTIFICATE'),
    key: read(keyFile, 'private key', String.raw`(?:[A-Z]+ )?PRIVATE KEY`),
  };
  try {
    tls.createSecureContext({ cert: identity.certificate, key: identity.key });
  } catch (error) {
    const code = (error as { code?: string }).code ?? 'unknown';
    throw new FernlakeError(
      'Configuration',
      'terminal',
      `the private key in ${keyFile} does not serve the certificate in ${certFile} (${code}): ` +
        'it must be that of the first certificate there, and without a password',
    );
  }
  return identity;
}

function read(file: string, what: string, label: string): string {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    const code = (error as { code?: string }).code ?? 'unknown';
    throw new FernlakeError('Configuration', 'terminal', `the ${what} in ${file} cannot be read (${code})`);
  }
  if (new RegExp(`-----BEGIN ${label}-----`).test(text)) return text;
  throw new FernlakeError(
    'Configuration',
    'terminal',
    `${file} holds no ${what}: it should be PEM text with -----BEGIN ${what.toUpperCase()}-----`,
  );
}
