import { messageOf } from '../errors.js';
import { ATTRIBUTES } from '../workflows/attribute-keys.js';

/** Of a connection (a client's or a worker's) only what is needed here. */
export interface Operator {
  readonly operatorService: {
    listSearchAttributes(request: {
      namespace: string;
    }): Promise<{ customAttributes?: Record<string, number> | null }>;
    addSearchAttributes(request: {
      namespace: string;
      searchAttributes: Record<string, number>;
    }): Promise<unknown>;
  };
}

/** `ready`: workflows may set them. `unavailable`: they must not; `why` says what was refused and how to do it by hand. */
export type SearchAttributesState =
  | { readonly kind: 'ready'; readonly added: readonly string[] }
  | { readonly kind: 'unavailable'; readonly why: string };

/** The server's numbers: temporal.api.enums.v1.IndexedValueType. */
const TYPE_NUMBERS = { KEYWORD: 2, INT: 3 } as const;
const TYPE_NAMES = { KEYWORD: 'Keyword', INT: 'Int' } as const;
/** How long a new attribute may take until the server itself knows it, and how often that is looked at. */
const KNOWN_WITHIN_MS = 10_000;
const LOOK_EVERY_MS = 200;

/**
 * Registers the search attributes that the namespace lacks. Never throws: fernlake runs without them, and so it must where
 * the server does not let a client register (Temporal Cloud does it by `tcld` or in its UI).
 */
export async function ensureSearchAttributes(
  { operatorService }: Operator,
  namespace: string,
): Promise<SearchAttributesState> {
  const wanted = Object.values(ATTRIBUTES);
  const known = async (): Promise<Record<string, number>> =>
    (await operatorService.listSearchAttributes({ namespace })).customAttributes ?? {};
  try {
    let there = await known();
    const other = wanted.filter(
      ({ name, type }) => there[name] !== undefined && there[name] !== TYPE_NUMBERS[type],
    );
    if (other.length > 0) {
      const names = other.map(({ name, type }) => `${name} (must be ${TYPE_NAMES[type]})`).join(', ');
      return unavailable(
        namespace,
        `registered with another type: ${names}. Remove them first, then register again`,
      );
    }
    const lacking = wanted.filter(({ name }) => there[name] === undefined);
    if (lacking.length === 0) return { kind: 'ready', added: [] };
    await operatorService.addSearchAttributes({
      namespace,
      searchAttributes: Object.fromEntries(lacking.map(({ name, type }) => [name, TYPE_NUMBERS[type]])),
    });
    const deadlineMs = performance.now() + KNOWN_WITHIN_MS;
    do {
      await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
      there = await known();
    } while (lacking.some(({ name }) => there[name] === undefined) && performance.now() < deadlineMs);
    return { kind: 'ready', added: lacking.map(({ name }) => name) };
  } catch (error) {
    return unavailable(namespace, messageOf(error).split('\n', 1)[0] ?? '');
  }
}

function unavailable(namespace: string, reason: string): SearchAttributesState {
  const byHand = Object.values(ATTRIBUTES)
    .map(({ name, type }) => `--name ${name} --type ${TYPE_NAMES[type]}`)
    .join(' ');
  return {
    kind: 'unavailable',
    why:
      `runs cannot be searched by hour and missing ids: the search attributes are not in namespace ${namespace} (${reason}). ` +
      `By hand: \`npx fernlake temporal operator search-attribute create --namespace ${namespace} ${byHand}\`; on Temporal Cloud with ` +
      `\`tcld namespace search-attributes add\` or in its UI. Then: npx fernlake schedule apply`,
  };
}
