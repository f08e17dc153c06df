import { fileJsonSchema, type JsonSchema } from './file-schema.js';
import { code, type Page, table } from './page.js';

/** Groups that have a table of their own, by what stands in front of their names. */
const GROUPS: readonly [title: string, prefix: string][] = [
  ['The file', ''],
  ['A dataset', 'datasets.<name>'],
  ['Its source', 'datasets.<name>.source'],
  ['Its records', 'datasets.<name>.record'],
];

interface Row {
  readonly path: string;
  readonly holds: string;
  readonly isRequired: boolean;
  readonly meaning: string;
}

export function fernlakeYamlPage(): Page {
  const rows = rowsOf(fileJsonSchema(), '');
  const groups = GROUPS.map(([title, prefix]) => {
    const own = rows.filter(({ path }) => groupOf(path) === prefix);
    const cells = own.map(({ path, holds, isRequired, meaning }) => [
      code(path.slice(prefix === '' ? 0 : prefix.length + 1)),
      isRequired ? `${holds}; required` : holds,
      meaning,
    ]);
    const below = prefix === '' ? '' : `Below ${code(`${prefix}:`)}\n\n`;
    return `## ${title}\n\n${below}${table(['name', 'holds', 'meaning'], cells)}`;
  });
  return {
    file: 'fernlake-yaml.md',
    title: 'fernlake.yaml',
    about: 'every name of the file that declares datasets',
    from: ['src/config/file/schema.ts'],
    body: `${ABOUT}\n\n${groups.join('\n\n')}`,
  };
}

const ABOUT = `The file \`fernlake.yaml\` in the working directory (or \`--config FILE\`, or \`FERNLAKE_CONFIG\`) declares all datasets. A variable of the
[settings](settings.md) that says what the file can say is then an error; task queue, Temporal, ports and AWS stay in the environment.

\`\${NAME}\` in a value stands for a variable of the environment or of \`.env\`, \`\${file:/path}\` for what is in a file, without the line
break at its end; \`$\${\` is \`\${\` itself. What they stand for appears in no message, and commands that only read a lake
do without. Paths are from the folder of the file on. A \`preset\` fills in what the file leaves out, field by field, a column as a whole.

All faults are told at once, by line and column. \`fernlake.schema.json\`, in the package, lets an editor complete and check the file whose
first line is

    # yaml-language-server: $schema=node_modules/fernlake/fernlake.schema.json`;

const groupOf = (path: string): string =>
  GROUPS.map(([, prefix]) => prefix)
    .filter((prefix) => prefix === '' || path.startsWith(`${prefix}.`))
    .sort((a, b) => b.length - a.length)[0] ?? '';

/** Every name below the schema; those of the forms that a value may have, one after the other. */
function rowsOf(schema: JsonSchema, path: string): Row[] {
  const forms = schema.anyOf ?? schema.oneOf;
  if (forms) return withoutTwins(forms.flatMap((form) => rowsOf(form, path)));
  if (schema.items) return rowsOf(schema.items, `${path}[]`);
  const { additionalProperties: any, properties = {}, required = [] } = schema;
  if (typeof any === 'object' && Object.keys(any).length > 0)
    return rowsOf(any, `${path}.<name>`.replace(/^\./, ''));
  return Object.entries(properties).flatMap(([name, inner]) => {
    const here = `${path}.${name}`.replace(/^\./, '');
    const row = {
      path: here,
      holds: holdsOf(inner),
      isRequired: required.includes(name),
      meaning: inner.description ?? '',
    };
    return [row, ...rowsOf(inner, here)];
  });
}

/** `type` of the ways to log in is one name with several words. */
function withoutTwins(rows: readonly Row[]): Row[] {
  const byPath = new Map<string, Row>();
  for (const row of rows) {
    const twin = byPath.get(row.path);
    const holds = twin && twin.holds !== row.holds ? `${twin.holds}, ${row.holds}` : row.holds;
    byPath.set(row.path, { ...row, holds, isRequired: row.isRequired && (twin?.isRequired ?? true) });
  }
  return [...byPath.values()];
}

function holdsOf(schema: JsonSchema): string {
  if (schema.const !== undefined) return code(String(schema.const));
  if (schema.enum) return schema.enum.map((word) => code(String(word))).join(', ');
  const forms = schema.anyOf ?? schema.oneOf;
  if (forms) return [...new Set(forms.map(holdsOf))].join(', or ');
  if (schema.type === 'array') return 'a list';
  if (schema.type === 'object' || schema.properties) return 'a mapping';
  const words: Readonly<Record<string, string>> = {
    string: 'text',
    boolean: 'true or false',
    integer: 'a whole number',
    number: 'a number',
  };
  return words[schema.type ?? ''] ?? '';
}
