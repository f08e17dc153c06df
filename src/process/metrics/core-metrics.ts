import http from 'node:http';

const TIMEOUT_MS = 2_000;
const BYTES_MAX = 8 * 1024 * 1024;

/**
 * What the SDK's core exports (task latencies, slots, pollers; `temporal_…`). It serves them itself, on a loopback port of
 * its own, so they are fetched and passed on: one port to scrape. Empty while it does not answer.
 */
export function readCoreMetrics(address: string | undefined): Promise<string> {
  if (address === undefined) return Promise.resolve('');
  return new Promise((resolve) => {
    const none = (): void => resolve('');
    const request = http.get(`http://${address}/metrics`, { timeout: TIMEOUT_MS }, (response) => {
      const chunks: Buffer[] = [];
      let bytes = 0;
      response.on('data', (chunk: Buffer) => {
        bytes += chunk.length;
        if (bytes > BYTES_MAX) response.destroy();
        else chunks.push(chunk);
      });
      response.once('error', none).once('close', none);
      response.once('end', () =>
        resolve(response.statusCode === 200 ? Buffer.concat(chunks).toString('utf8') : ''),
      );
    });
    request.once('timeout', () => request.destroy()).once('error', none);
  });
}
