import { readdirSync } from 'node:fs';
import { FAILURE_CODES } from '../../../src/errors.js';
import { QUARANTINE_REASONS } from '../../../src/dataset/reason.js';
import { readRepoFile, repoFile } from '../../deploy/files.js';
import { code, type Page, sentence, table } from './page.js';

/** How each code is thrown anywhere in src: `'SourceAnswer', 'transient'`. */
export function kindsThrown(): Map<string, Set<string>> {
  const kinds = new Map<string, Set<string>>();
  const files = readdirSync(repoFile('src'), { recursive: true }).map(String);
  for (const file of files.filter((name) => name.endsWith('.ts'))) {
    for (const [, name = '', kind = ''] of readRepoFile(`src/${file}`).matchAll(
      /'([A-Z]\w+)',\s*'(transient|terminal)'/g,
    )) {
      kinds.set(name, (kinds.get(name) ?? new Set()).add(kind));
    }
  }
  return kinds;
}

/** These are made by other means than `new FernlakeError`: see workflows/etl.ts, workflows/gate.ts, task-guards.ts and activities/failures.ts. */
const ELSEWHERE: Readonly<Record<string, string>> = {
  SourceUnavailable: 'terminal',
  InvalidInput: 'terminal',
  WrongLake: 'transient, in the end terminal',
  Bug: 'transient',
};

export function failuresPage(): Page {
  const thrown = kindsThrown();
  const kindOf = (name: string): string =>
    ELSEWHERE[name] ?? [...(thrown.get(name) ?? ['never thrown'])].sort().join(' or ');
  return {
    file: 'failure-codes.md',
    title: 'Failure codes and quarantine reasons',
    about: 'what can fail, whether it is tried again; and why a record is in quarantine',
    from: ['src/errors.ts', 'src/dataset/reason.ts'],
    body: `## Failure codes

The \`type\` of an activity's failure in the Web UI, the label \`code\` of \`fernlake_activity_failures_total\`, the \`code\` of a log
line. *Transient*: Temporal tries again, with back-off. *Terminal*: the run ends with the reason. A name is never changed.

${table(
  ['code', 'kind', 'what it says'],
  Object.entries(FAILURE_CODES).map(([name, about]) => [code(name), kindOf(name), sentence(about)]),
)}

Beside these, Temporal's own \`Timeout\` (no attempt ended in time), and \`NudgeFailed\` (the seal of an hour could be neither
started nor signalled; tried again).

## Quarantine reasons

The \`reason\` of an entry under \`quarantine/\`, of a ledger's \`quarantined\`, and of \`fernlake_records_quarantined_total\`.

${table(
  ['reason', 'what it says'],
  Object.entries(QUARANTINE_REASONS).map(([name, about]) => [code(name), sentence(about)]),
)}`,
  };
}
