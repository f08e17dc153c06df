import { readFileSync } from 'node:fs';
import path from 'node:path';
import ts from 'typescript';
import { repoFile } from '../../deploy/files.js';

/** Reads facts from our own TypeScript sources by their syntax, so that a page says what the code says. */

export interface Member {
  readonly name: string;
  /** As the source has it, on one line. */
  readonly type: string;
  /** Its doc comment, on one line; empty where it has none. */
  readonly about: string;
}

export interface HandlerOf {
  /** The identifier that messages.ts declares. */
  readonly message: string;
  readonly description: string;
}

export interface Message {
  readonly kind: 'query' | 'signal' | 'update';
  readonly name: string;
  /** What it takes and gives, as the source has it: `EtlStatus`, `[Advance]`. */
  readonly types: string;
}

const parsed = new Map<string, ts.SourceFile>();

export function sourceOf(file: string): ts.SourceFile {
  const known = parsed.get(file);
  if (known) return known;
  const source = ts.createSourceFile(
    file,
    readFileSync(repoFile(file), 'utf8'),
    ts.ScriptTarget.Latest,
    true,
  );
  parsed.set(file, source);
  return source;
}

/** The members of an interface, in order. Throws when the file has no such interface. */
export function membersOf(file: string, name: string): Member[] {
  const found = sourceOf(file).statements.find(
    (statement): statement is ts.InterfaceDeclaration =>
      ts.isInterfaceDeclaration(statement) && statement.name.text === name,
  );
  if (!found) throw new Error(`${file} has no interface ${name}`);
  return found.members.filter(ts.isPropertySignature).map((member) => ({
    name: `${member.name.getText()}${member.questionToken ? '?' : ''}`,
    type: oneLine(member.type?.getText() ?? ''),
    about: docOf(member),
  }));
}

/** The doc comment of a type that `file` imports, from where it is declared. */
export function typeDoc(file: string, name: string): string {
  const from = sourceOf(file)
    .statements.filter(ts.isImportDeclaration)
    .find(({ importClause }) => {
      const named = importClause?.namedBindings;
      return (
        named && ts.isNamedImports(named) && named.elements.some((element) => element.name.text === name)
      );
    });
  if (!from) throw new Error(`${file} imports no ${name}`);
  const module = (from.moduleSpecifier as ts.StringLiteral).text.replace(/\.js$/, '.ts');
  const declared = sourceOf(path.posix.join(path.posix.dirname(file), module)).statements.find(
    (statement) => ts.isTypeAliasDeclaration(statement) && statement.name.text === name,
  );
  if (!declared) throw new Error(`${module} declares no type ${name}`);
  return docOf(declared);
}

/** The doc comment of an exported function. */
export function functionDoc(file: string, name: string): string {
  const found = sourceOf(file).statements.find(
    (statement) => ts.isFunctionDeclaration(statement) && statement.name?.text === name,
  );
  if (!found) throw new Error(`${file} has no function ${name}`);
  return docOf(found);
}

/** The properties of an exported object with their doc comments, such as one table's rows. */
export function propertyDocs(file: string, constant: string): Map<string, string> {
  const docs = new Map<string, string>();
  visit(sourceOf(file), (node) => {
    if (!ts.isVariableDeclaration(node) || node.name.getText() !== constant || !node.initializer) return;
    const table = bare(node.initializer);
    if (!ts.isObjectLiteralExpression(table)) return;
    for (const property of table.properties) docs.set(property.name?.getText() ?? '', docOf(property));
  });
  if (docs.size === 0) throw new Error(`${file} has no object ${constant}`);
  return docs;
}

/** `setHandler(message, …, { description })`, in order. */
export function handlersOf(file: string): HandlerOf[] {
  const handlers: HandlerOf[] = [];
  visit(sourceOf(file), (node) => {
    if (!ts.isCallExpression(node) || node.expression.getText() !== 'setHandler') return;
    const [message, , options] = node.arguments;
    const description =
      options && ts.isObjectLiteralExpression(options)
        ? options.properties.find((property) => property.name?.getText() === 'description')
        : undefined;
    const text = description && ts.isPropertyAssignment(description) ? description.initializer : undefined;
    if (!message || !text || !ts.isStringLiteralLike(text))
      throw new Error(`${file}: a handler without a description`);
    handlers.push({ message: message.getText(), description: text.text });
  });
  return handlers;
}

/** `export const x = defineQuery<…>('name')` and its like, by the constant's name. */
export function messagesOf(file: string): Map<string, Message> {
  const messages = new Map<string, Message>();
  visit(sourceOf(file), (node) => {
    if (!ts.isVariableDeclaration(node) || !node.initializer || !ts.isCallExpression(node.initializer))
      return;
    const { expression, arguments: args, typeArguments } = node.initializer;
    const kind = /^define(Query|Signal|Update)$/.exec(expression.getText())?.[1]?.toLowerCase();
    const [name] = args;
    if (kind === undefined || !name || !ts.isStringLiteralLike(name)) return;
    messages.set(node.name.getText(), {
      kind: kind as Message['kind'],
      name: name.text,
      types: (typeArguments ?? []).map((type) => oneLine(type.getText())).join(', '),
    });
  });
  return messages;
}

/** The comment right before it, and one behind it on its line. */
function docOf(node: ts.Node): string {
  return ts
    .getJSDocCommentsAndTags(node)
    .filter(ts.isJSDoc)
    .map(({ comment }) => oneLine(ts.getTextOfJSDocComment(comment) ?? ''))
    .join(' ');
}

/** Without `as const` and `satisfies …`. */
function bare(node: ts.Expression): ts.Expression {
  return ts.isAsExpression(node) || ts.isSatisfiesExpression(node) ? bare(node.expression) : node;
}

function visit(node: ts.Node, tell: (node: ts.Node) => void): void {
  tell(node);
  ts.forEachChild(node, (child) => visit(child, tell));
}

const oneLine = (text: string): string => text.replaceAll(/\s+/g, ' ').trim();
