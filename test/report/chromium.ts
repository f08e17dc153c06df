import os from 'node:os';
import path from 'node:path';
import { mkdtempSync, rmSync } from 'node:fs';
import type { BrowserContext } from 'playwright-core';
import { splitSearchPath } from '../../src/embedded/temporal-cli.js';
import { onPath } from '../../src/embedded/tool-cache.js';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];

/** No sandbox, as tests run as root in containers; and nothing of its own accord over the network. */
const ARGUMENTS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--hide-scrollbars',
];

export interface Browser {
  readonly context: BrowserContext;
  close(): Promise<void>;
}

/** The installed Chromium's path; undefined where there is none (Debian: `apt-get install chromium`). */
export async function chromiumPath(): Promise<string | undefined> {
  for (const name of NAMES) {
    const [found] = await onPath(name, splitSearchPath(process.env['PATH']));
    if (found !== undefined) return found;
  }
  return undefined;
}

/** A headless Chromium with an empty profile of its own. */
export async function openChromium(executablePath: string): Promise<Browser> {
  const { chromium } = await import('playwright-core');
  const profile = mkdtempSync(path.join(os.tmpdir(), 'fernlake-chromium-'));
  const context = await chromium.launchPersistentContext(profile, {
    executablePath,
    headless: true,
    args: ARGUMENTS,
    viewport: { width: 1280, height: 900 },
  });
  return {
    context,
    async close() {
      await context.close();
      rmSync(profile, { recursive: true, force: true });
    },
  };
}
