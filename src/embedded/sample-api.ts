/** What the commands need of the sample API. src imports nothing from examples, not even types. */
export interface SampleApi {
  /** Published, and protects nothing. */
  readonly DEMO_KEY: string;
  createSourceServer(options: Readonly<Record<string, unknown>>): Promise<SampleServer>;
}

export interface SampleServer {
  readonly url: string;
  /** Of its OAuth 2.0. */
  readonly tokenUrl: string;
  newestId(): number;
  close(): Promise<void>;
}

/** By a computed address, so that src stands without examples. */
export async function loadSampleApi(): Promise<SampleApi> {
  const url = new URL('../../examples/source-server/index.js', import.meta.url);
  // eslint-disable-next-line no-restricted-syntax -- what ships must stand without examples
  return (await import(url.href)) as SampleApi;
}
