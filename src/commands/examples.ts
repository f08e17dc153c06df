import type { Command } from 'commander';

/** What `--help` shows below the options: a line to type, and where it needs one, a word on it. */
type Example = readonly [line: string, about?: string];

const EXAMPLES: Readonly<Record<string, readonly Example[]>> = {
  up: [
    ['fernlake up', 'until Ctrl-C; the next one goes on from the same lake'],
    ['fernlake up --hours 2', 'ends by itself after two sealed hours'],
  ],
  worker: [
    ['fernlake worker'],
    ['FERNLAKE_HTTP_PORT=9464 fernlake worker', 'with metrics and health at http://127.0.0.1:9464'],
  ],
  'schedule apply': [['fernlake schedule apply --dry-run'], ['fernlake schedule apply']],
  'schedule show': [['fernlake schedule show'], ['fernlake schedule show --json']],
  'schedule pause': [["fernlake schedule pause --note 'the source is being moved'"]],
  'schedule resume': [['fernlake schedule resume']],
  'schedule trigger': [['fernlake schedule trigger']],
  'schedule backfill': [
    [
      'fernlake schedule backfill --from 2023-04-20T13:00:00Z --to 2023-04-20T14:00:00Z --dry-run',
      'how many slots that is',
    ],
    ['fernlake schedule backfill --from 2023-04-20T13:00:00Z --to 2023-04-20T14:00:00Z'],
  ],
  'schedule delete': [['fernlake schedule delete --dry-run'], ['fernlake schedule delete']],
  status: [
    ['fernlake status'],
    ['fernlake status --watch 2s', 'until Ctrl-C'],
    ['fernlake status --json', 'for scripts; with jq: .lake.missing'],
  ],
  report: [
    ['fernlake report', 'writes fernlake-report.html'],
    ['fernlake report --out /tmp/logs.html'],
    ['fernlake report --json', 'the figures alone'],
  ],
  verify: [['fernlake verify'], ['fernlake verify --json', 'every count and finding, for scripts']],
  decode: [
    ['fernlake decode lake/logs/year=2023/month=04/day=20/hour=13/logs.json.gz'],
    ['zcat lake/logs/year=2023/month=04/day=20/hour=*/logs.json.gz | fernlake decode -'],
  ],
  'quarantine list': [
    ['fernlake quarantine list'],
    ['fernlake quarantine list --reason undecryptable', 'one line an entry'],
  ],
  'quarantine redrive': [['fernlake quarantine redrive --dry-run'], ['fernlake quarantine redrive']],
  reprocess: [
    ['fernlake reprocess --dry-run', 'which hours and answers are meant; nothing is computed'],
    ['fernlake reprocess --diff', 'computed here, compared, and thrown away'],
    ['fernlake reprocess --from 2023-04-20T13 --to 2023-04-20T14'],
  ],
  ddl: [
    ['fernlake ddl duckdb'],
    ['fernlake ddl athena --location s3://my-bucket/lake --database fernlake'],
    ['fernlake ddl trino --partitions explicit', 'each sealed hour by name'],
  ],
  query: [
    ['fernlake query "SELECT activity, count(*) AS events FROM logs GROUP BY activity"'],
    ['fernlake query "SELECT hour, landed FROM ledger ORDER BY hour" --format csv'],
  ],
  schema: [['fernlake schema'], ['fernlake schema --json']],
  sizes: [['fernlake sizes'], ['fernlake sizes --all --json']],
  copy: [
    ['fernlake copy ./lake s3://my-bucket/lake --dry-run'],
    ['fernlake copy ./lake s3://my-bucket/lake'],
    ['fernlake copy s3://my-bucket/lake ./back --only ledger/logs/'],
  ],
  doctor: [['fernlake doctor'], ['fernlake doctor --json']],
  source: [
    ['fernlake source --port 8080', 'then FERNLAKE_SOURCE_URL=http://127.0.0.1:8080/api/data/log'],
    [
      'fernlake source --port 0 --speed 60 --fail 502=0.1,html=0.05',
      'an hour in a minute, and it misbehaves',
    ],
  ],
  temporal: [
    [`fernlake temporal workflow list --query "FernlakeMissing > 0"`, 'every hour with missing ids'],
    ['fernlake temporal schedule describe --schedule-id fernlake-logs'],
  ],
  completion: [
    ['source <(fernlake completion bash)', 'this shell; in ~/.bashrc: every one'],
    ['source <(fernlake completion zsh)', 'behind compinit'],
    ['fernlake completion fish > ~/.config/fish/completions/fernlake.fish'],
  ],
};

/** Behind the options of the command and of each below it. */
export function addExamples(command: Command, path = command.name()): void {
  const examples = EXAMPLES[path];
  if (examples) command.addHelpText('after', `\nExamples:\n${linesOf(examples).join('\n')}\n`);
  for (const sub of command.commands) addExamples(sub, `${path} ${sub.name()}`);
}

function linesOf(examples: readonly Example[]): string[] {
  const width = Math.max(...examples.map(([line, about]) => (about === undefined ? 0 : line.length)));
  return examples.map(
    ([line, about]) => `  ${about === undefined ? line : `${line.padEnd(width)}   # ${about}`}`,
  );
}
