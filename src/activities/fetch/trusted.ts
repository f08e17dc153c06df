import { readFileSync } from 'node:fs';
import tls from 'node:tls';
import { FernlakeError } from '../../errors.js';

/**
 * The certificates that Node trusts by itself, and those of these files: whoever names authorities to TLS takes Node's own away.
 * Throws FernlakeError `Configuration` for a file that cannot be read or holds no certificate.
 */
export function trusted(caFiles: readonly string[]): string[] {
  return [...tls.rootCertificates, ...caFiles.map(certificatesOf)];
}

function certificatesOf(file: string): string {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    const code = (error as { code?: string }).code ?? 'unknown';
    throw new FernlakeError(
      'Configuration',
      'terminal',
      `the certificates in ${file} cannot be read (${code})`,
    );
  }
  if (text.includes('-----BEGIN CERTIFICATE-----')) return text;
  throw new FernlakeError(
    'Configuration',
    'terminal',
    `${file} holds no certificate: it should be PEM text with -----BEGIN CERTIFICATE-----`,
  );
}
