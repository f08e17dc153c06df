import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const here = (name: string): string => fileURLToPath(new URL(name, import.meta.url));

/** What a bundle of the workflows is made from (`bundleWorkflowCode`); they are never to run without their gate. */
export const WORKFLOW_SOURCES = {
  workflowsPath: here('../workflows/index.js'),
  workflowInterceptorModules: [here('../workflows/gate.js')],
  payloadConverterPath: here('../workflows/payload-converter.js'),
};
/** Made by `npm run build` (process/bundle-workflows.ts). */
export const BUNDLE_PATH = here('./workflow-bundle.js');
export const BUNDLE_STAMP_PATH = here('./workflow-bundle.sha256');

interface WorkflowModules {
  readonly workflowsPath: string;
  readonly interceptors: { readonly workflowModules: string[] };
  readonly dataConverter: { readonly payloadConverterPath: string };
}

/** What workflows are made of, below src/: folders and files. Nothing else may be in their bundle (lint/imports.cjs). */
const SOURCES = [
  'workflows/',
  'dataset/',
  'lake/',
  'storage/key.js',
  'errors.js',
  'figures.js',
  'limits.js',
  'activities/fetch/pace.js',
  'activities/fetch/poll-queue.js',
];

/** Each compiled module of these, below src/. */
export function workflowModules(): string[] {
  return SOURCES.flatMap((source) => {
    if (!source.endsWith('/')) return [source];
    const names = readdirSync(here(`../${source}`), { recursive: true }).map(String);
    return names
      .filter((name) => name.endsWith('.js'))
      .sort()
      .map((name) => source + name);
  });
}

/**
 * What a worker is to run workflows from: the bundle of the build, which loads at once; or, where that was made of other
 * code than `stamp` says, the modules, which the SDK bundles at every start (seconds, and 150 MB more).
 */
export function workflowCode(
  stamp = BUNDLE_STAMP_PATH,
): { workflowBundle: { codePath: string } } | WorkflowModules {
  if (fits(stamp)) return { workflowBundle: { codePath: BUNDLE_PATH } };
  const { workflowsPath, workflowInterceptorModules, payloadConverterPath } = WORKFLOW_SOURCES;
  return {
    workflowsPath,
    interceptors: { workflowModules: workflowInterceptorModules },
    dataConverter: { payloadConverterPath },
  };
}

function fits(stamp: string): boolean {
  return (
    existsSync(BUNDLE_PATH) &&
    existsSync(stamp) &&
    readFileSync(stamp, 'utf8') === stampOf(readFileSync(BUNDLE_PATH))
  );
}

/** SHA-256 in hex that differs with whatever the workflows of this installation are made of. */
export function workflowStamp(): string {
  return fits(BUNDLE_STAMP_PATH) ? readFileSync(BUNDLE_STAMP_PATH, 'utf8') : stampOf(Buffer.alloc(0));
}

/** SHA-256 in hex over the compiled sources, the version of the SDK and the bundle itself. */
export function stampOf(bundle: Uint8Array): string {
  const hash = createHash('sha256').update(sdkVersion()).update('\0').update(bundle);
  for (const name of workflowModules()) hash.update(`\0${name}\0`).update(readFileSync(here(`../${name}`)));
  return hash.digest('hex');
}

function sdkVersion(): string {
  const manifest = fileURLToPath(import.meta.resolve('@temporalio/workflow/package.json'));
  return (JSON.parse(readFileSync(manifest, 'utf8')) as { version: string }).version;
}
