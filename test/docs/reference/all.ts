import { commandsPage } from './commands.js';
import { failuresPage } from './failures.js';
import { fernlakeYamlPage } from './fernlake-yaml.js';
import { FILE_SCHEMA, fileJsonSchema } from './file-schema.js';
import { ledgerPage } from './ledger.js';
import { metricsPage } from './metrics.js';
import { type Page, render } from './page.js';
import { schemaPage } from './schema.js';
import { settingsPage } from './settings.js';
import { workflowsPage } from './workflows.js';

export const REFERENCE = 'docs/reference';

/** Every generated page of the reference, its index included, by its path in the checkout; and the schema of fernlake.yaml. */
export async function referencePages(): Promise<Map<string, string>> {
  const pages = [
    settingsPage(),
    fernlakeYamlPage(),
    await commandsPage(),
    await metricsPage(),
    failuresPage(),
    schemaPage(),
    ledgerPage(),
    workflowsPage(),
  ];
  return new Map([
    ...[...pages, indexOf(pages)].map((page) => [`${REFERENCE}/${page.file}`, render(page)] as const),
    [FILE_SCHEMA, `${JSON.stringify(fileJsonSchema(), null, 2)}\n`],
  ]);
}

function indexOf(pages: readonly Page[]): Page {
  const lines = pages.map(({ file, title, about }) => `- [${title}](${file}): ${about}.`);
  return {
    file: 'README.md',
    title: 'Reference',
    about: '',
    from: ['the code'],
    body: `${lines.join('\n')}
- [Limits](limits.md): what a hostile or broken peer can make grow, and where it ends.
- [Performance](performance.md): how to read the results of the benches, and how to run them.
- [Scale](scale.md): \`reprocess\` over many workers, what it costs Temporal, and what becomes the limit.
- [Requests](requests.md): what a lake in S3 is asked, and what that costs. Counted by \`npm run requests\`.

The others are written by \`npm run docs\`, and held against the code by a test.`,
  };
}
