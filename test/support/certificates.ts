import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { splitSearchPath } from './search-path.js';
import { onPath } from '../../src/embedded/tool-cache.js';

/** A certificate and its key, both PEM files. */
export interface Certificate {
  readonly cert: string;
  readonly key: string;
}

/** All that can be right or wrong between a client and a server on this machine; each is good for two days unless named otherwise. */
export interface Certificates {
  readonly authority: Certificate;
  /** Another authority, that nobody trusts. */
  readonly stranger: Certificate;
  /** For localhost and 127.0.0.1. */
  readonly server: Certificate;
  /** From the same authority, for temporal.example.com alone. */
  readonly elsewhere: Certificate;
  readonly client: Certificate;
  /** Of the stranger. */
  readonly impostor: Certificate;
  /** Of the authority, ended a day ago. */
  readonly expired: Certificate;
  remove(): void;
}

const HERE = 'DNS:localhost,IP:127.0.0.1';
const EC_KEY = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];

/** For a hook: makes them, or skips its tests, with a word, where there is no openssl. */
export async function certificatesOrSkip(context: Mocha.Context): Promise<Certificates> {
  const made = await makeCertificates();
  if (made) return made;
  console.warn('      skipped: there is no openssl');
  return context.skip();
}

/** Makes them with openssl, in a folder of their own; undefined where there is none. */
async function makeCertificates(): Promise<Certificates | undefined> {
  const [openssl] = await onPath('openssl', splitSearchPath(process.env['PATH']));
  if (openssl === undefined) return undefined;
  const dir = mkdtempSync(path.join(os.tmpdir(), 'fernlake-tls-'));
  const run = (...args: string[]) => promisify(execFile)(openssl, args, { cwd: dir });
  const files = (name: string): Certificate => ({
    cert: path.join(dir, `${name}.pem`),
    key: path.join(dir, `${name}.key`),
  });

  async function authority(name: string): Promise<Certificate> {
    const { cert, key } = files(name);
    await run('req', '-x509', ...EC_KEY, '-days', '2', '-subj', `/CN=${name}`, '-keyout', key, '-out', cert);
    return { cert, key };
  }

  async function leaf(name: string, by: Certificate, days = 2, names = HERE): Promise<Certificate> {
    const { cert, key } = files(name);
    const [request, extensions] = [path.join(dir, `${name}.csr`), path.join(dir, `${name}.ext`)];
    writeFileSync(extensions, `subjectAltName=${names}\n`);
    await run('req', ...EC_KEY, '-subj', `/CN=${name}`, '-keyout', key, '-out', request);
    // prettier-ignore
    await run('x509', '-req', '-in', request, '-CA', by.cert, '-CAkey', by.key, '-CAcreateserial',
      '-days', String(days), '-extfile', extensions, '-out', cert);
    return { cert, key };
  }

  const [ours, stranger] = [await authority('authority'), await authority('stranger')];
  return {
    authority: ours,
    stranger,
    server: await leaf('server', ours),
    elsewhere: await leaf('elsewhere', ours, 2, 'DNS:temporal.example.com'),
    client: await leaf('client', ours),
    impostor: await leaf('impostor', stranger),
    expired: await leaf('expired', ours, -1),
    remove: () => rmSync(dir, { recursive: true, force: true }),
  };
}
