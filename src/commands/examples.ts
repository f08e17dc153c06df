import type { Command } from 'commander';

/** What `--help` shows below the options: a line to type, and where it needs one, a word on it. */
type Example = readonly [line: string, about?: string];

const EXAMPLES: Readonly<Record<string, readonly Example[]>> = {
  init: [
    ['npx fernlake init --url https://api.example.com/v1/orders --bearer-env API_TOKEN'],
    ["npx fernlake init --url https://api.example.com/log --header 'X-Api-Key: ${API_KEY}'"],
  ],
  up: [
    ['npx fernlake up', 'until Ctrl-C; the next one goes on from the same lake'],
    ['npx fernlake up --hours 2', 'ends by itself after two sealed hours'],
  ],
  worker: [
    ['npx fernlake worker'],
    ['FERNLAKE_HTTP_PORT=9464 npx fernlake worker', 'with metrics and health at http://127.0.0.1:9464'],
  ],
  'schedule apply': [['npx fernlake schedule apply --dry-run'], ['npx fernlake schedule apply']],
  'schedule show': [['npx fernlake schedule show'], ['npx fernlake schedule show --json']],
  'schedule pause': [["npx fernlake schedule pause --note 'the source is being moved'"]],
  'schedule resume': [['npx fernlake schedule resume']],
  'schedule trigger': [['npx fernlake schedule trigger']],
  'schedule backfill': [
    [
      'npx fernlake schedule backfill --from 2023-04-20T13:00:00Z --to 2023-04-20T14:00:00Z --dry-run',
      'how many slots that is',
    ],
    ['npx fernlake schedule backfill --from 2023-04-20T13:00:00Z --to 2023-04-20T14:00:00Z'],
  ],
  'schedule delete': [['npx fernlake schedule delete --dry-run'], ['npx fernlake schedule delete']],
  status: [
    ['npx fernlake status'],
    ['npx fernlake status --watch 2s', 'until Ctrl-C'],
    ['npx fernlake status --json', 'for scripts; with jq: .lake.missing'],
  ],
  watch: [['npx fernlake watch --once', 'for cron: exit code 1 where something is wrong']],
  report: [
    ['npx fernlake report', 'writes fernlake-report.html'],
    ['npx fernlake report --out /tmp/logs.html'],
    ['npx fernlake report --json', 'the figures alone'],
  ],
  verify: [['npx fernlake verify'], ['npx fernlake verify --json', 'every count and finding, for scripts']],
  decode: [
    ['npx fernlake decode lake/logs/year=2023/month=04/day=20/hour=13/logs.json.gz'],
    ['zcat lake/logs/year=2023/month=04/day=20/hour=*/logs.json.gz | npx fernlake decode -'],
  ],
  find: [
    ['npx fernlake find 2462381'],
    ['npx fernlake find 2462381 --show-values', 'and the record as it came'],
  ],
  hours: [['npx fernlake hours'], ['npx fernlake hours --from 2023-04 --to 2023-04 --missing']],
  hour: [['npx fernlake hour 2023-04-20T13'], ['npx fernlake hour 2023-04-20T13 --json']],
  logs: [['npx fernlake logs -f', 'until Ctrl-C']],
  'quarantine list': [
    ['npx fernlake quarantine list'],
    ['npx fernlake quarantine list --reason undecryptable', 'one line an entry'],
  ],
  'quarantine redrive': [['npx fernlake quarantine redrive --dry-run'], ['npx fernlake quarantine redrive']],
  reprocess: [
    ['npx fernlake reprocess --dry-run', 'which hours and answers are meant; nothing is computed'],
    ['npx fernlake reprocess --diff', 'computed here, compared, and thrown away'],
    ['npx fernlake reprocess --from 2023-04-20T13 --to 2023-04-20T14'],
  ],
  ddl: [
    ['npx fernlake ddl duckdb'],
    ['npx fernlake ddl athena --location s3://my-bucket/lake --database fernlake'],
    ['npx fernlake ddl trino --partitions explicit', 'each sealed hour by name'],
  ],
  query: [
    ['npx fernlake query "SELECT activity, count(*) AS events FROM logs GROUP BY activity"'],
    ['npx fernlake query "SELECT hour, landed FROM ledger ORDER BY hour" --format csv'],
    ['npx fernlake query "SELECT max(inDate) FROM logs_live"', 'up to the last minute'],
  ],
  schema: [['npx fernlake schema'], ['npx fernlake schema --json']],
  sizes: [['npx fernlake sizes'], ['npx fernlake sizes --all --json']],
  copy: [
    ['npx fernlake copy ./lake s3://my-bucket/lake --dry-run'],
    ['npx fernlake copy ./lake s3://my-bucket/lake'],
    ['npx fernlake copy s3://my-bucket/lake ./back --only ledger/logs/'],
  ],
  doctor: [['npx fernlake doctor'], ['npx fernlake doctor --json']],
  source: [
    ['npx fernlake source --port 8080', 'then FERNLAKE_SOURCE_URL=http://127.0.0.1:8080/api/data/log'],
    [
      'npx fernlake source --port 0 --speed 60 --fail 502=0.1,html=0.05',
      'an hour in a minute, and it misbehaves',
    ],
    [
      'npx fernlake source --array-path items --payload json --times epoch_ms --auth bearer:SECRET',
      'another API than the diary’s',
    ],
  ],
  temporal: [
    [`npx fernlake temporal workflow list --query "FernlakeMissing > 0"`, 'every hour with missing ids'],
    ['npx fernlake temporal schedule describe --schedule-id fernlake-logs'],
  ],
  completion: [
    ['source <(npx fernlake completion bash)', 'this shell; in ~/.bashrc: every one'],
    ['source <(npx fernlake completion zsh)', 'behind compinit'],
    ['npx fernlake completion fish > ~/.config/fish/completions/fernlake.fish'],
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
