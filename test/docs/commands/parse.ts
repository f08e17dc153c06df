/** A command that a page tells its reader to type. */
export interface DocCommand {
  readonly page: string;
  readonly line: number;
  /** As one line for the shell. */
  readonly text: string;
  /** The program that it starts. */
  readonly program: string;
  /**
   * `run`: here. `elsewhere`: by the test that `by` names. `cannot`: no machine of ours has what it needs; `by` says why.
   * `script`: of this checkout, run by whoever builds and tests it. `synopsis`: how a command is typed, not what to type.
   */
  readonly kind: 'run' | 'elsewhere' | 'cannot' | 'script' | 'synopsis';
  readonly by: string;
}

export interface DocPage {
  readonly commands: readonly DocCommand[];
  /** Settings that the page takes for granted. */
  readonly env: Readonly<Record<string, string>>;
  /** Marks of the page that no command of it needs. */
  readonly idle: readonly string[];
}

const PROGRAMS = new Set(
  `fernlake npm npx node temporal aws systemctl journalctl sudo docker zcat duckdb spark-sql curl tcld apt-get git
  source rsync tar .ci/run deploy/aws/bin/make-release promtool bq gcloud`.split(/\s+/),
);
/** No page may say of these that they cannot be run. */
const OURS = new Set(['fernlake', 'npm', 'node', 'temporal', 'zcat']);

/**
 * Marks, as comments at a line's start. `<!-- not run here (aws, bq): why -->` and `<!-- run by test/a.test.ts (temporal) -->`
 * hold for these programs on the whole page, `<!-- run with NAME=value -->` for all of it, and `<!-- run by test/a.test.ts -->`
 * for the commands of the paragraph or block that follows.
 */
const CANNOT = /^<!-- not run here \(([^)]+)\): (.+) -->$/;
const ELSEWHERE = /^<!-- run by (\S+) \(([^)]+)\) -->$/;
const WITH = /^<!-- run with ([A-Z0-9_]+)=(\S+) -->$/;
const NEXT = /^<!-- run by (\S+) -->$/;

type Fate = Pick<DocCommand, 'kind' | 'by'>;

export function readPage(page: string, markdown: string): DocPage {
  const lines = markdown.split('\n');
  const fates = new Map<string, Fate>();
  const env: Record<string, string> = {};
  for (const line of lines) {
    const [, cannot = '', why = ''] = CANNOT.exec(line) ?? [];
    const [, test = '', elsewhere = ''] = ELSEWHERE.exec(line) ?? [];
    const [, name, value = ''] = WITH.exec(line) ?? [];
    for (const program of namesIn(cannot)) fates.set(program, { kind: 'cannot', by: why });
    for (const program of namesIn(elsewhere)) fates.set(program, { kind: 'elsewhere', by: test });
    if (name !== undefined) env[name] = value;
  }
  const commands: DocCommand[] = [];
  const needed = new Set<string>();
  for (const { text: typed, line, next } of typedIn(lines)) {
    const text = withoutNpx(typed);
    const program = programOf(text);
    if (program === undefined) continue;
    needed.add(program);
    const fate: Fate =
      next === undefined ? fateOf(text, fates.get(program)) : { kind: 'elsewhere', by: next };
    if (fate.kind === 'cannot' && OURS.has(program))
      throw new Error(`${page}:${line}: \`${text}\` is ours, so some test can run it`);
    commands.push({ page, line, text, program, ...fate });
  }
  return { commands, env, idle: [...fates.keys()].filter((program) => !needed.has(program)) };
}

const namesIn = (text: string): string[] => text.split(/,\s*/).filter((name) => name !== '');

/** Lines of code blocks, and code in running text; `next`: the test that a mark right above it names. */
function* typedIn(
  lines: readonly string[],
): Generator<{ text: string; line: number; next: string | undefined }> {
  let next: string | undefined;
  let used = false;
  let fenced = false;
  for (let at = 0; at < lines.length; at += 1) {
    const line = lines[at] ?? '';
    const place = at + 1;
    const mark = NEXT.exec(line)?.[1];
    if (mark !== undefined) [next, used] = [mark, false];
    if (/^```/.test(line)) fenced = !fenced;
    const inBlock = fenced || /^ {4,}\S/.test(line);
    if (line.trim() === '' && used && !/^ {4}/.test(lines[at + 1] ?? '')) next = undefined;
    if (inBlock) {
      let text = line.trim();
      while (text.endsWith('\\')) text = `${text.slice(0, -1).trim()} ${(lines[++at] ?? '').trim()}`;
      used = true;
      yield { text: withoutComment(text), line: place, next };
    } else {
      for (const [, code = ''] of line.matchAll(/`([^`]+)`/g)) {
        used = true;
        if (code.includes(' ')) yield { text: code, line: place, next };
      }
    }
  }
}

/** npx only finds the program, in a second (spelling.test.ts shows that it does). */
const withoutNpx = (text: string): string => text.replaceAll('npx fernlake', 'fernlake');

/** Behind assignments such as `FERNLAKE_HTTP_PORT=9464`; undefined for what starts no program that we know. */
function programOf(text: string): string | undefined {
  const first = text.split(/\s+/).find((word) => !/^[A-Z_]+=/.test(word));
  return first !== undefined && PROGRAMS.has(first) ? first : undefined;
}

/** Asks an API of the reader's own, whose address no page can know. */
const OF_THEIR_API = /^fernlake init .*--url /;

function fateOf(text: string, ofPage: Fate | undefined): Fate {
  if (ofPage) return ofPage;
  if (OF_THEIR_API.test(text)) return { kind: 'elsewhere', by: 'test/commands/init.test.ts' };
  if (isSynopsis(text)) return { kind: 'synopsis', by: '' };
  const isScript = /^(npm|\.ci\/run)\b|^node dist\/|^npx (mocha|knip)\b/.test(
    text.replace(/^([A-Z_]+=\S+\s+)+/, ''),
  );
  return isScript ? { kind: 'script', by: '' } : { kind: 'run', by: '' };
}

/** `apply\|show`, `[--json]`, `<hour>`, FILE, `…`; what is quoted is an argument. */
const isSynopsis = (text: string): boolean =>
  /\\?\|\S|\[[-a-z]|<[a-z]+>|…|\s[A-Z]{2,}\b/.test(text.replaceAll(/"[^"]*"|'[^']*'/g, ''));

/** What a page says of a command, behind `#` or a wide gap. */
const withoutComment = (text: string): string =>
  text
    .replace(/\s+#\s.*$/, '')
    .replace(/\s{3,}.*$/, '')
    .trim();
