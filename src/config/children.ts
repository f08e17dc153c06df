/**
 * What a process that we start gets of our environment. Ours holds Fernet keys, tokens of the source, of AWS and of
 * Temporal (`.env` is read into it), and none of our children needs any of them.
 */
export type Child =
  /** Works on this machine alone. */
  | 'local'
  /** Gets something from the network: pip, Go. */
  | 'fetching';

const LOCAL = [
  ...['PATH', 'HOME', 'USER', 'LOGNAME', 'SHELL', 'TERM', 'LANG', 'LANGUAGE', 'TZ', 'TMPDIR', 'TEMP', 'TMP'],
  ...['LD_LIBRARY_PATH', 'DYLD_LIBRARY_PATH'],
  // By which our tests find what was left running.
  'FERNLAKE_TEST_RUN',
];
const LOCAL_PREFIXES = ['LC_', 'XDG_'];

const FETCHING = [
  ...[
    'HTTP_PROXY',
    'HTTPS_PROXY',
    'ALL_PROXY',
    'NO_PROXY',
    'http_proxy',
    'https_proxy',
    'all_proxy',
    'no_proxy',
  ],
  ...['SSL_CERT_FILE', 'SSL_CERT_DIR', 'REQUESTS_CA_BUNDLE', 'CURL_CA_BUNDLE', 'NETRC'],
  ...['VIRTUAL_ENV', 'CC', 'CXX', 'AR', 'PKG_CONFIG', 'PKG_CONFIG_PATH', 'SSH_AUTH_SOCK'],
];
const FETCHING_PREFIXES = ['PIP_', 'PYTHON', 'GO', 'CGO_', 'GIT_'];

/** `own` is added, whatever it is named. */
export function childEnvironment(
  child: Child,
  own: Readonly<Record<string, string>> = {},
  ours: Readonly<Record<string, string | undefined>> = process.env,
): Record<string, string> {
  const names = new Set([...LOCAL, ...(child === 'fetching' ? FETCHING : [])]);
  const prefixes = [...LOCAL_PREFIXES, ...(child === 'fetching' ? FETCHING_PREFIXES : [])];
  const kept = Object.entries(ours).filter(
    (entry): entry is [string, string] =>
      entry[1] !== undefined &&
      (names.has(entry[0]) || prefixes.some((prefix) => entry[0].startsWith(prefix))),
  );
  return { ...Object.fromEntries(kept), ...own };
}

/** Temporal's CLI, asked by hand, speaks to the server that fernlake speaks to: with its certificates and keys, and no others. */
export function temporalCliEnvironment(own: Readonly<Record<string, string>>): Record<string, string> {
  const given = Object.entries(process.env).filter(
    (entry): entry is [string, string] => entry[0].startsWith('TEMPORAL_') && entry[1] !== undefined,
  );
  return childEnvironment('local', { ...Object.fromEntries(given), ...own });
}
