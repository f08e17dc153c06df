import {
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  type Pair,
  parseDocument,
  type Scalar,
  type YAMLError,
} from 'yaml';
import { type Fault, keyOf, type Path, type Place } from './place.js';
import type { Expanded } from './substitute.js';

/** A YAML file as plain data, and where each part of it stands. */
export interface Tree {
  /** undefined where it is no YAML. */
  readonly value: unknown;
  readonly faults: readonly Fault[];
  /** Where it is no YAML; only that is to be told, since the rest may be misread. */
  readonly broken: readonly (Place & { readonly message: string })[];
  /** Values that could not be had: nothing else is to be said of them. */
  readonly blanks: readonly Path[];
  has(path: Path): boolean;
  /** Whether a text stands there as it is, without a `${…}`. */
  isLiteral(path: Path): boolean;
  /** Of a path, or of the nearest one above it that is there. */
  placeOf(path: Path, at: Fault['at']): Place;
}

/** More than people write. Aliases of aliases may stand for more than memory holds. */
const NODES_MAX = 100_000;
/** Names that mean something else to JavaScript's objects. */
const NO_NAMES = ['__proto__', 'prototype', 'constructor'];

/** Reads YAML 1.2. `expand` tells what each text stands for. */
export function readTree(text: string, expand: (text: string, path: Path) => Expanded): Tree {
  const lines = new LineCounter();
  // Names that stand twice are told here, by the place of the first.
  const document = parseDocument(text, { prettyErrors: false, lineCounter: lines, uniqueKeys: false });
  const placeAt = (offset: number): Place => {
    const { line, col } = lines.linePos(offset);
    return { line: Math.max(line, 1), column: Math.max(col, 1) };
  };
  const walk = new Walk(document, expand, placeAt);
  const value = document.errors.length > 0 ? undefined : walk.valueOf(document.contents, []);
  return {
    value,
    faults: walk.faults,
    blanks: walk.blanks,
    broken: brokenLines(document.errors, text, placeAt),
    has: (path) => walk.offsets.has(keyOf(path)),
    isLiteral: (path) => walk.literals.has(keyOf(path)),
    placeOf: (path, at) => {
      for (let length = path.length; length > 0; length -= 1) {
        const found = walk.offsets.get(keyOf(path.slice(0, length)));
        if (found) return placeAt(length < path.length || at === 'name' ? found.name : found.value);
      }
      return { line: 1, column: 1 };
    },
  };
}

/** Goes through the nodes once, and keeps what it finds on the way. */
class Walk {
  readonly faults: Fault[] = [];
  readonly blanks: Path[] = [];
  readonly literals = new Set<string>();
  readonly offsets = new Map<string, { readonly name: number; readonly value: number }>();
  private readonly open = new Set<Node>();
  private nodes = 0;

  constructor(
    private readonly document: Document,
    private readonly expand: (text: string, path: Path) => Expanded,
    private readonly placeAt: (offset: number) => Place,
  ) {}

  valueOf(node: unknown, path: Path): unknown {
    const target = isAlias(node) ? node.resolve(this.document) : (node as Node | null);
    if (target === undefined) return this.nothing(path, 'stands for an anchor that is not in front of it');
    if (target === null) return null;
    this.nodes += 1;
    if (this.nodes > NODES_MAX || this.open.has(target))
      return this.nothing(path, 'holds itself, or far too much');
    if (target.tag !== undefined) return this.nothing(path, 'has a tag (!…): leave it out');
    this.open.add(target);
    try {
      if (isScalar(target)) return this.scalar(target, path);
      if (isSeq(target)) return target.items.map((item, at) => this.placed(item, item, [...path, at]));
      return isMap(target) ? this.mapping(target.items, path) : null;
    } finally {
      this.open.delete(target);
    }
  }

  private mapping(items: readonly Pair[], path: Path): unknown {
    const entries = new Map<string, unknown>();
    for (const { key, value } of items) {
      const name = isScalar(key) ? (key.source ?? '') : '';
      const here = [...path, name];
      const message = faultOfName(key, name) ?? this.faultOfSecond(entries.has(name), here);
      if (message === undefined) entries.set(name, this.placed(key, value, here));
      else this.faults.push({ path: here, at: 'name', message, place: this.placeAt(startOf(key)) });
    }
    return Object.fromEntries(entries);
  }

  private faultOfSecond(isSecond: boolean, path: Path): string | undefined {
    const first = isSecond ? this.offsets.get(keyOf(path)) : undefined;
    return first && `stands twice: the first is in line ${this.placeAt(first.name).line}`;
  }

  private placed(name: unknown, value: unknown, path: Path): unknown {
    this.offsets.set(keyOf(path), { name: startOf(name), value: startOf(value ?? name) });
    return this.valueOf(value ?? null, path);
  }

  private scalar({ value, source }: Scalar, path: Path): unknown {
    if (typeof value === 'number' && String(value) !== source)
      return this.nothing(path, `would be read as ${value}: put it in quotes, or write it so`);
    if (typeof value !== 'string') return value;
    const { text, faults, isBlank, isPutIn } = this.expand(value, path);
    if (!isPutIn) this.literals.add(keyOf(path));
    for (const message of faults) this.faults.push({ path, at: 'value', message });
    if (isBlank) this.blanks.push(path);
    return text;
  }

  private nothing(path: Path, message: string): null {
    this.faults.push({ path, at: 'value', message });
    this.blanks.push(path);
    return null;
  }
}

const startOf = (node: unknown): number => (node as Node | null)?.range?.[0] ?? 0;

function faultOfName(key: unknown, name: string): string | undefined {
  if (!isScalar(key) || key.tag !== undefined) return 'is no name: write `name: value`';
  if (name === '') return 'has no name in front of the colon';
  if (name.includes('${')) return 'is a name: ${…} stands for values only';
  return NO_NAMES.includes(name) ? 'cannot be a name here' : undefined;
}

/** The library's own sentences quote the file, which may hold a secret. */
const MESSAGES: Readonly<Partial<Record<YAMLError['code'], string>>> = {
  TAB_AS_INDENT: 'a tab stands where the line is indented: use blanks',
  BAD_INDENT: 'the line is indented differently from those that it belongs to',
  BAD_SCALAR_START: 'a text that begins so must stand in quotes',
  BLOCK_AS_IMPLICIT_KEY: 'a second colon: put the text in quotes, or begin a new line',
  MISSING_CHAR: 'a quote, bracket or colon is missing here or above',
  MULTIPLE_DOCS: 'a second document begins (---): one file is one document',
  BAD_DQ_ESCAPE: 'no such escape sequence: within "…" a backslash is written \\\\',
  MULTILINE_IMPLICIT_KEY: 'a name without a colon and a blank behind it: write `name: value`',
};

/** Tabs, each line; else the first error alone, since the library stumbles over all that stands behind it. */
function brokenLines(errors: readonly YAMLError[], text: string, placeAt: (offset: number) => Place) {
  const tabs = errors.filter(({ code }) => code === 'TAB_AS_INDENT');
  return (tabs.length > 0 ? tabs : errors.slice(0, 1)).map(({ code, pos }) => {
    const isUnquoted = code === 'UNEXPECTED_TOKEN' && text[pos[0] - 1] === '$';
    const message = isUnquoted
      ? 'within { } and [ ] a ${…} must stand in quotes'
      : (MESSAGES[code] ?? 'this is no YAML: look at quotes, brackets and indentation here and above');
    return { ...placeAt(pos[0]), message };
  });
}
