import { readRepoFile } from '../deploy/files.js';
import { type DeclaredApi, type Element, TOKEN } from './declared-apis.js';

/** The file that docs/how-to/own-source.md shows behind `<!-- api: name -->`. */
function fileOf(name: string): string {
  const page = readRepoFile('docs/how-to/own-source.md');
  const [, block] = new RegExp(`^<!-- api: ${name} -->\\n\\n((?: {4}.*\\n)+)`, 'm').exec(page) ?? [];
  if (block === undefined) throw new Error(`own-source.md shows no file ${name}`);
  return block.replaceAll(/^ {4}/gm, '');
}

/** What such an API would make of the sample's records. */
const each = (change: (element: Element, id: number) => Element, around: (all: Element[]) => unknown) => ({
  mutate: (elements: unknown) =>
    around((elements as Element[]).map((element) => change(element, Number(element['record_id'])))),
});
const uuidOf = (id: number): string => `0b${String(id).padStart(6, '0')}-1f00-4000-8000-000000000000`;

/** The APIs that the page is about, with its files as they stand there. */
export const PAGE_APIS: Readonly<Record<string, DeclaredApi>> = {
  'of the page, a shop': {
    server: {
      shape: { payloadField: null },
      auth: { type: 'bearer', token: TOKEN },
      ...each(
        ({ inDate }, id) => ({
          id,
          created: Date.parse(String(inDate)),
          state: ['new', 'paid', 'sent', 'returned'][id % 4],
          ...(id % 4 === 0 ? {} : { total: id / 100 }),
        }),
        (items) => ({ items, total: items.length }),
      ),
    },
    yaml: fileOf('orders'),
    reader: {
      ...{ path: ['items'], id: 'id', payload: null, writing: 'object' },
      ...{ time: { field: 'created', format: 'epoch_ms' }, codes: { state: ['new', 'paid', 'sent'] } },
    },
  },
  'of the page, an access log': {
    server: {
      shape: { payloadField: null },
      ...each(
        ({ inDate, method }, seq) => ({
          ...{ seq, at: inDate, method: seq % 9 ? method : 'PURGE', path: `/p/${seq % 20}`, status: 200 },
          client: { ip: `10.0.0.${seq % 256}`, ...(seq % 2 ? { user: `u${seq}` } : {}) },
        }),
        (all) => all,
      ),
    },
    yaml: fileOf('access'),
    reader: {
      ...{ path: [], id: 'seq', payload: null, writing: 'object' },
      time: { field: 'at', format: '%Y-%m-%dT%H:%M:%S.%f%z' },
      codes: { at: 'time', method: 'http_method' },
    },
  },
  'of the page, an audit trail': {
    server: {
      shape: { payloadField: null },
      auth: { type: 'api_key', name: 'X-Api-Key', value: TOKEN, location: 'header' },
      ...each(
        ({ inDate, user_id }, id) => ({
          uuid: uuidOf(id),
          event: {
            ...{ time: new Date(String(inDate)).toUTCString(), actor: user_id, action: 'role.granted' },
            ...(id % 3 ? { change: { role: ['admin', null][id % 2], n: [id] } } : {}),
          },
        }),
        (events) => ({ data: { events } }),
      ),
    },
    yaml: fileOf('audit'),
    reader: {
      ...{ path: ['data', 'events'], id: 'uuid', payload: 'event', writing: 'object', idInFront: 'uuid' },
      time: { field: 'time', format: '%a, %d %b %Y %H:%M:%S GMT', zone: 'UTC' },
      codes: { uuid: 'hex' },
    },
  },
};
