import { Document, isMap, isNode, isScalar, type Node, type YAMLMap } from 'yaml';
import type { Path } from './place.js';

/** A fernlake.yaml to be written: plain data in the names of the file, and what is said of it. */
export interface Draft {
  readonly content: object;
  /** Above all. */
  readonly head: readonly string[];
  /** Behind a value: of a path that is not there, nothing is said. */
  readonly notes: readonly (readonly [path: Path, note: string])[];
  /** Lines below the last name of a mapping. */
  readonly below: readonly (readonly [path: Path, lines: readonly string[]])[];
}

/** With it editors complete names, and check them. */
const SCHEMA = ' yaml-language-server: $schema=node_modules/fernlake/fernlake.schema.json';

/** Mappings of these names stand in one line. */
const IN_A_LINE = ['auth'];

export function fileText({ content, head, notes, below }: Draft): string {
  const document = new Document(content);
  document.commentBefore = [SCHEMA, ...head.map((line) => ` ${line}`)].join('\n');
  layOut(document.contents);
  for (const [path, note] of notes) {
    const node = document.getIn(path, true);
    // Behind a mapping that is not in a line, a comment would stand at its end.
    if (isScalar(node) || (isMap(node) && node.flow)) node.comment = ` ${oneLine(note)}`;
  }
  for (const [path, lines] of below) {
    const node = document.getIn(path, true);
    if (isNode(node) && lines.length > 0) node.comment = lines.map((line) => ` ${oneLine(line)}`).join('\n');
  }
  return document.toString({ lineWidth: 0, flowCollectionPadding: true });
}

const oneLine = (text: string): string => text.replaceAll(/\s+/g, ' ');

function layOut(node: Node | null): void {
  if (!isMap(node)) return;
  for (const { key, value } of node.items) {
    if (!isMap(value)) continue;
    const name = isScalar(key) ? key.value : undefined;
    if (name === 'columns') layOutColumns(value);
    else if (IN_A_LINE.includes(String(name))) value.flow = true;
    else layOut(value);
  }
}

/** An object has a line for each of its members where one line would be long. */
function layOutColumns(columns: YAMLMap): void {
  for (const { value } of columns.items) {
    if (!isMap(value)) continue;
    const members = value.get('columns');
    value.flow = !isMap(members) || members.items.length <= 4;
    if (isMap(members)) members.flow = value.flow;
  }
}
