import { readdirSync } from 'node:fs';
import { ATTRIBUTES } from '../../../src/workflows/attribute-keys.js';
import { TIMEOUTS } from '../../../src/workflows/timeouts.js';
import { readRepoFile, repoFile } from '../../deploy/files.js';
import { code, type Page, sentence, table } from './page.js';
import { functionDoc, handlersOf, membersOf, messagesOf, propertyDocs, typeDoc } from './source-text.js';

const MESSAGES = 'src/workflows/messages.ts';
const ACTIVITIES = 'src/activities/index.ts';
const WORKFLOWS = [
  { name: 'etl', file: 'src/workflows/etl.ts', id: 'fernlake-<dataset>-etl-<time>', input: 'EtlSettings' },
  {
    name: 'sealHour',
    file: 'src/workflows/seal-hour.ts',
    id: 'fernlake-<dataset>-seal-2023-04-20T13',
    input: 'SealSettings',
  },
  {
    name: 'reprocess',
    file: 'src/workflows/reprocess.ts',
    id: 'fernlake-<dataset>-reprocess-all, or -<from>-<to>, or fernlake-<dataset>-redrive',
    input: 'ReprocessInput',
  },
  {
    name: 'carryPiece',
    file: 'src/workflows/carry-piece.ts',
    id: '<reprocess>-<4 digits>-carry-2023-04-20T00',
    input: 'CarryPiece',
  },
  {
    name: 'sealPiece',
    file: 'src/workflows/seal-piece.ts',
    id: '<reprocess>-<4 digits>-seal-2023-04-20T00',
    input: 'SealPiece',
  },
] as const;

export function workflowsPage(): Page {
  return {
    file: 'workflows.md',
    title: 'Workflows, messages and activities',
    about:
      'what runs on Temporal: workflows, queries, updates, signals, search attributes, activities and their time-outs',
    from: ['src/workflows/', ACTIVITIES],
    body: `${WORKFLOWS.map(workflowText).join('\n\n')}

## Search attributes

Registered by \`npx fernlake schedule apply\`, \`worker\` and \`up\`. \`npx fernlake temporal workflow list --query 'FernlakeMissing > 0'\` finds every hour
with missing ids.

${attributeTable()}

## Activities

${activityTable()}

What they hand each other are references (\`{uri, sha256, bytes, records}\`), never records.

## Time-outs

\`one attempt\` is Temporal's start-to-close time-out, \`all attempts\` its schedule-to-close, \`dead after\` its heartbeat time-out.

${timeoutTable()}`,
  };
}

function workflowText({ name, file, id, input }: (typeof WORKFLOWS)[number]): string {
  const messages = messagesOf(MESSAGES);
  const handlers = handlersOf(file).map(({ message, description }) => {
    const found = messages.get(message);
    if (!found) throw new Error(`${file}: ${message} is no message of ${MESSAGES}`);
    return [code(found.name), found.kind, found.types === 'void' ? '' : code(found.types), description];
  });
  const members = membersOf(MESSAGES, input).map((member) => [
    code(member.name),
    code(member.type),
    sentence(member.about),
  ]);
  return `## ${name}

Id ${code(id)}. ${functionDoc(file, name)}
${handlers.length > 0 ? `\n${table(['message', 'kind', 'takes or gives', 'what for'], handlers)}\n` : ''}
${table(['input', 'type', 'what it says'], members)}`;
}

function attributeTable(): string {
  const about = propertyDocs('src/workflows/attribute-keys.ts', 'ATTRIBUTES');
  return table(
    ['attribute', 'type', 'what it says'],
    Object.entries(ATTRIBUTES).map(([key, { name, type }]) => [
      code(name),
      type === 'INT' ? 'Int' : 'Keyword',
      about.get(key) ?? '',
    ]),
  );
}

/**
 * `const { fetch } = proxyActivities<Activities>(TIMEOUTS.fetch)`, in any workflow; or `stepsOf(dataset, TIMEOUTS.fetch)`. Behind a blob
 * (`behind(decrypted)`), where that is held or staged.
 */
function timeoutsOf(activity: string): string[] {
  const rows = new Set<string>();
  for (const file of readdirSync(repoFile('src/workflows'))) {
    for (const [, names = '', row] of readRepoFile(`src/workflows/${file}`).matchAll(
      /const \{ ([^}]+) \} = (?:(?:proxyActivities<Activities>\(|stepsOf\(\w+, )TIMEOUTS\.(\w+)|behind\(\w+)\)/g,
    )) {
      if (names.split(', ').includes(activity))
        for (const each of row ? [row] : ['held', 'process']) rows.add(each);
    }
  }
  return [...rows].sort();
}

function activityTable(): string {
  return table(
    ['activity', 'what it does', 'time-outs'],
    membersOf(ACTIVITIES, 'Activities').map(({ name, type }) => [
      code(name),
      typeDoc(ACTIVITIES, type),
      timeoutsOf(name)
        .map((row) => code(row))
        .join(', '),
    ]),
  );
}

function timeoutTable(): string {
  return table(
    ['row', 'one attempt', 'all attempts', 'dead after', 'first retry', 'then'],
    Object.entries(TIMEOUTS).map(([row, options]) => [
      code(row),
      span(options.startToCloseTimeout),
      'scheduleToCloseTimeout' in options ? span(options.scheduleToCloseTimeout) : 'the rest of the slot',
      span(options.heartbeatTimeout),
      span(options.retry.initialInterval),
      'maximumInterval' in options.retry
        ? `ever later, at most ${span(options.retry.maximumInterval)}`
        : `twice as late each, ${options.retry.maximumAttempts} attempts; then the workflow waits`,
    ]),
  );
}

function span(ms: number): string {
  for (const [unit, length] of [
    ['d', 86_400_000],
    ['h', 3_600_000],
    ['min', 60_000],
    ['s', 1_000],
  ] as const) {
    if (ms >= length && ms % length === 0) return `${ms / length} ${unit}`;
  }
  return `${ms} ms`;
}
