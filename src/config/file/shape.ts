import * as v from 'valibot';
import { type Fault, isWithin, keyOf, type Path } from './place.js';
import { meantBy } from './rules.js';

export interface ShapeFaults {
  readonly faults: readonly Fault[];
  /** Where names should stand that are mistyped: they are there, in a way. */
  readonly meant: readonly Path[];
}

/** Where a value is not what the schema wants: every place, each told once. */
export function faultsOfShape(schema: v.GenericSchema, value: unknown): ShapeFaults {
  const names = [...faultsOfNames(schema, value, [])];
  const lists = names.filter(({ at }) => at === 'value');
  const meant = names.flatMap(({ meant: path }) => (path ? [path] : []));
  const seen = new Set(meant.map(keyOf));
  const values = (v.safeParse(schema, value).issues ?? [])
    .flatMap((issue) => faultsOf(issue, []))
    .filter(({ path }) => {
      const key = keyOf(path);
      const isTold = seen.has(key) || lists.some((list) => isWithin(list.path, path));
      seen.add(key);
      return !isTold;
    });
  return { faults: [...names, ...values], meant };
}

type Issue = v.BaseIssue<unknown>;

function faultsOf(issue: Issue, above: Path): Fault[] {
  const steps = issue.path ?? [];
  const path = [...above, ...steps.map(({ key }) => key as string | number)];
  // The library tells the first unknown name only: they are found by `faultsOfNames`.
  if (issue.type === 'strict_object' && issue.expected === 'never') return [];
  if (issue.type === 'union' && issue.issues) return faultsOfNearest(issue, issue.issues, path);
  const last = steps.at(-1);
  const isName = last && 'origin' in last && last.origin === 'key' && issue.input !== undefined;
  const message = issue.input === null ? `has no value: it ${issue.message}` : issue.message;
  return [{ path, at: isName ? 'name' : 'value', message }];
}

/** Where a value may have several forms, the faults are told for the form that it comes nearest to. */
function faultsOfNearest(issue: Issue, choices: readonly Issue[], path: Path): Fault[] {
  const deeper = choices.filter((choice) => choice.path !== undefined);
  if (deeper.length > 0) return deeper.flatMap((choice) => faultsOf(choice, path));
  const words = typeof issue.input === 'string' && choices.find(({ type }) => type === 'picklist');
  return faultsOf({ ...(words || issue), path: undefined, issues: undefined }, path);
}

/** What is looked at of a schema of the library: a value's parts have schemas of their own. */
interface Shape {
  readonly type: string;
  readonly entries?: Readonly<Record<string, Shape>>;
  readonly options?: readonly Shape[];
  readonly literal?: unknown;
  readonly wrapped?: Shape;
  readonly item?: Shape;
  readonly value?: Shape;
}

interface NameFault extends Fault {
  readonly meant?: Path;
}

/** Names that are not known, and lists where names should stand. */
function* faultsOfNames(schema: Shape, value: unknown, path: Path): Generator<NameFault> {
  const shape = shapeFor(schema, value);
  if (shape === undefined || typeof value !== 'object' || value === null) return;
  if (Array.isArray(value)) {
    if (shape.item === undefined) {
      if (shape.entries ?? shape.value)
        yield { path, at: 'value', message: 'must be a mapping (name: value), not a list' };
      return;
    }
    for (const [at, item] of value.entries()) yield* faultsOfNames(shape.item, item, [...path, at]);
    return;
  }
  const { entries, value: any } = shape;
  for (const [name, inner] of Object.entries(value)) {
    const here = [...path, name];
    const next = any ?? (entries && Object.hasOwn(entries, name) ? entries[name] : undefined);
    if (next) yield* faultsOfNames(next, inner, here);
    else if (entries) yield unknownName(here, Object.keys(entries), value);
  }
}

function unknownName(path: Path, known: readonly string[], beside: object): NameFault {
  const name = String(path.at(-1));
  const meant = meantBy(
    name,
    known.filter((each) => !(each in beside)),
  );
  const message = `is not known${meant === undefined ? '' : `; did you mean ${meant}?`}`;
  return {
    path,
    at: 'name',
    message,
    ...(meant === undefined ? {} : { meant: [...path.slice(0, -1), meant] }),
  };
}

/** The form that is meant, of those that the value may have. */
function shapeFor(schema: Shape, value: unknown): Shape | undefined {
  if (schema.wrapped) return shapeFor(schema.wrapped, value);
  if (!schema.options || schema.type === 'picklist') return schema;
  const given = typeof value === 'object' && value !== null ? value : {};
  if (schema.type === 'variant') {
    const type: unknown = Reflect.get(given, 'type');
    return schema.options.find(({ entries }) => entries?.['type']?.literal === type);
  }
  const isList = Array.isArray(value);
  const fitting = schema.options.filter(({ item, entries }) => (isList ? item : entries) !== undefined);
  return (
    fitting.find(({ entries = {} }) => Object.keys(given).some((name) => name in entries)) ??
    fitting[0] ??
    schema.options.find(({ entries }) => entries)
  );
}
