import { X509Certificate } from 'node:crypto';
import net from 'node:net';
import tls from 'node:tls';
import type { ClientConnectConfig } from '@temporalio/envconfig';

type Options = Pick<ClientConnectConfig['connectionOptions'], 'tls' | 'apiKey'>;
type TlsOptions = Exclude<Options['tls'], boolean | null | undefined>;

/** Why no connection came about. */
export interface Fault {
  readonly what: string;
  /** What to do, naming the settings. */
  readonly mend: string;
}

const ANSWER_MS_MAX = 3_000;
const GUIDE = 'deploy/temporal-cloud.md';
const CLIENT_PAIR = 'TEMPORAL_TLS_CLIENT_CERT_PATH and TEMPORAL_TLS_CLIENT_KEY_PATH';
const CA = 'TEMPORAL_TLS_SERVER_CA_CERT_PATH';
/** The connection preface of HTTP/2 and an empty SETTINGS frame (RFC 9113, 3.4): a server that lets us in answers it. */
const PREFACE = Buffer.concat([
  Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'),
  Buffer.from([0, 0, 0, 4, 0, 0, 0, 0, 0]),
]);

/**
 * `answers`: something listens there. Looks for itself, with Node's own TLS: the SDK's two clients say "broken pipe" or "deadline" for most of these. undefined
 * where nothing is wrong up to TLS.
 */
export async function findFault(
  address: string,
  { tls: given, apiKey }: Options,
): Promise<(Fault & { readonly answers: boolean }) | undefined> {
  const { host, port } = split(address);
  const wanted = given === true || (given === undefined && apiKey !== undefined) ? {} : given || undefined;
  try {
    await reach(net.connect({ host, port }), 'connect');
  } catch (error) {
    return { ...ofTcp(codeOf(error)), answers: false };
  }
  if (wanted === undefined) {
    // Whatever it shows, it is not trusted with anything: the question is only whether it speaks TLS.
    const code = await handshake({ host, port, rejectUnauthorized: false }).then(() => 'tls', codeOf);
    const isTls = code === 'tls' || code.includes('ALERT');
    return isTls
      ? {
          answers: true,
          what: 'the server speaks TLS, and this side does not',
          mend: `set TEMPORAL_TLS=true, an API key or a client certificate (${GUIDE})`,
        }
      : undefined;
  }
  try {
    await handshake({ host, port, ...secure(wanted, host) });
    return undefined;
  } catch (error) {
    return { ...ofTls(codeOf(error), wanted, error as Error), answers: true };
  }
}

function split(address: string): { host: string; port: number } {
  const [, host = address, port = '7233'] = /^(.*?)(?::(\d+))?$/.exec(address) ?? [];
  return { host: host.replaceAll(/^\[|\]$/g, ''), port: Number(port) };
}

function secure({ serverRootCACertificate, clientCertPair, serverNameOverride }: TlsOptions, host: string) {
  const servername = serverNameOverride ?? (net.isIP(host) ? undefined : host);
  return {
    ...(serverRootCACertificate ? { ca: Buffer.from(serverRootCACertificate) } : {}),
    ...(clientCertPair
      ? { cert: Buffer.from(clientCertPair.crt), key: Buffer.from(clientCertPair.key) }
      : {}),
    ...(servername === undefined ? {} : { servername }),
  };
}

/** With TLS 1.3 a server looks at the client's certificate after the handshake: only its first bytes say that it is content. */
async function handshake(options: tls.ConnectionOptions): Promise<void> {
  const socket = tls.connect({ ...options, ALPNProtocols: ['h2'] });
  socket.once('secureConnect', () => socket.write(PREFACE));
  await reach(socket, 'data');
}

/** Resolves at the event. Rejects with what went wrong, a silent end or none at all; closes the socket. */
async function reach(socket: net.Socket, event: 'connect' | 'data'): Promise<void> {
  try {
    await new Promise<void>((resolve, reject) => {
      const fail = (code: string) => (): void => reject(Object.assign(new Error(code), { code }));
      socket.setTimeout(ANSWER_MS_MAX, fail('ETIMEDOUT'));
      socket.once(event, () => resolve()).once('error', reject);
      socket.once('close', fail('ECONNRESET'));
    });
  } finally {
    socket.on('error', () => undefined).destroy();
  }
}

const codeOf = (error: unknown): string => (error as { code?: string } | null)?.code ?? 'unknown';

function ofTcp(code: string): Fault {
  const whats: Readonly<Record<string, string>> = {
    ECONNREFUSED: 'nobody listens there',
    ENOTFOUND: 'there is no host of that name',
    EAI_AGAIN: 'the name cannot be looked up now',
    ETIMEDOUT: `no answer within ${ANSWER_MS_MAX / 1000} s: a firewall, or the wrong address`,
  };
  return { what: whats[code] ?? code, mend: 'start one with `npm start`, or name yours' };
}

/** `DNS:localhost, IP Address:127.0.0.1` */
const namesIn = (error: Error): string | undefined =>
  (error as { cert?: { subjectaltname?: string } }).cert?.subjectaltname;

function ofTls(code: string, options: TlsOptions, error: Error): Fault {
  const { clientCertPair: pair, serverRootCACertificate: ca, serverNameOverride } = options;
  if (/KEY_VALUES_MISMATCH/.test(code))
    return {
      what: 'the client certificate and its key do not belong together',
      mend: `check ${CLIENT_PAIR}`,
    };
  if (/PEM|OSSL|ASN1|DECODER/.test(code))
    return {
      what: `a certificate or key is no PEM that can be read (${code})`,
      mend: `check ${CLIENT_PAIR}${ca ? ` and ${CA}` : ''}`,
    };
  if (/ISSUER|SELF_SIGNED|VERIFY_LEAF|UNTRUSTED/.test(code))
    return ca
      ? {
          what: `the server's certificate is not signed by the authority in ${CA}`,
          mend: 'name the one that did, or check the address',
        }
      : {
          what: "the server's certificate is signed by an authority that this machine does not know",
          mend: `name it by ${CA}`,
        };
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID')
    return {
      what: `the server's certificate is for another name: ${namesIn(error) ?? 'none'}`,
      mend: serverNameOverride
        ? 'check TEMPORAL_TLS_SERVER_NAME'
        : 'check the address, or say the name to expect by TEMPORAL_TLS_SERVER_NAME',
    };
  if (code === 'CERT_HAS_EXPIRED' || code === 'CERT_NOT_YET_VALID')
    return {
      what: `the server's certificate is not valid now (${code})`,
      mend: "check this machine's clock, then ask the server's operator",
    };
  if (/WRONG_VERSION_NUMBER|PACKET_LENGTH_TOO_LONG/.test(code))
    return {
      what: 'the server does not speak TLS, and this side does',
      mend: 'check the port, or set TEMPORAL_TLS=false',
    };
  if (/ALERT|ECONNRESET|EPIPE/.test(code)) return ofClientCertificate(code, pair);
  return { what: `TLS fails (${code})`, mend: `see ${GUIDE}` };
}

/** The handshake went well, or the server broke it off: what it did not like is on our side. */
function ofClientCertificate(code: string, pair: TlsOptions['clientCertPair']): Fault {
  if (!pair)
    return {
      what: `the server wants a client certificate and got none (${code})`,
      mend: `set ${CLIENT_PAIR}`,
    };
  const { validTo } = new X509Certificate(Buffer.from(pair.crt));
  if (Date.parse(validTo) < Date.now())
    return {
      what: `the client certificate has ended on ${new Date(validTo).toISOString()}`,
      mend: `put a new one in its place (${CLIENT_PAIR}), and restart`,
    };
  return {
    what: `the server does not trust the client certificate (${code})`,
    mend: `take one that an authority known to the server has signed (${CLIENT_PAIR}); on Temporal Cloud, add its authority to the namespace`,
  };
}
