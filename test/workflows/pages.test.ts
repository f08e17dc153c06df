import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createSourceServer, type SourceServerOptions } from '../../examples/source-server/index.js';
import { gunzip } from '../../src/bytes/gzip.js';
import { rawKey } from '../../src/lake/keys.js';
import { createHttpSource } from '../../src/activities/fetch/http.js';
import type { PagesRequest } from '../../src/config/source.js';
import { nextPace, initialPace } from '../../src/activities/fetch/pace.js';
import { askFor, firstPages, type PageState, refusePage, takePage } from '../../src/workflows/pages.js';
import { LOG_API } from '../../src/dataset/presets.js';
import { formOf } from '../../src/dataset/form.js';
import { noKeys } from '../../src/dataset/fernet-keys.js';
import type { Declaration } from '../../src/dataset/declaration.js';
import { Bench, DATASET } from '../activities/bench.js';

const BY_ID: PagesRequest = {
  startParam: 'since_id',
  newest: 'highest',
  limitParam: 'limit',
  limit: 10,
  cursorParam: null,
  cursorPath: null,
};
const BY_CURSOR: PagesRequest = { ...BY_ID, cursorParam: 'cursor', cursorPath: ['next_cursor'] };
const BACKWARD: PagesRequest = { ...BY_CURSOR, startParam: null };

/** Records as they are, beside which an answer names its next page. */
const declared = (idType: 'integer' | 'text', contiguous: boolean): Declaration => ({
  source: { data_selector: 'items', primary_key: 'record_id', contiguous, incremental: true },
  record: {
    ...LOG_API.record,
    payload: null,
    encryption: 'none',
    columns: {
      ...LOG_API.record.columns,
      record_id: { ...LOG_API.record.columns['record_id']!, type: idType },
    },
  },
});

type Id = number | string;
type Odd = (params: URLSearchParams, ids: readonly number[], request: number) => number | object;

interface Api {
  readonly url: string;
  newestId(): number;
  close(): Promise<void>;
}

/** Another API: of the ids so far it answers what `odd` makes of them, or with a status. */
async function oddApi(odd: Odd, newestId: () => number): Promise<Api> {
  let requests = 0;
  const server = createServer((request, response) => {
    const params = new URL(request.url ?? '', 'http://x').searchParams;
    const answer = odd(params, range(100, newestId()), requests++);
    response.statusCode = typeof answer === 'number' ? answer : 200;
    response.end(typeof answer === 'number' ? '{}' : JSON.stringify(answer));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const close = async (): Promise<void> => {
    server.close();
    server.closeAllConnections();
    await once(server, 'close');
  };
  return { url: `http://127.0.0.1:${port}/`, newestId, close };
}

const items = (ids: readonly number[], beside: object = {}): object => ({
  items: ids.map((record_id) => ({ record_id })),
  ...beside,
});
const after = (params: URLSearchParams, ids: readonly number[]): readonly number[] => {
  const since = params.get('since_id');
  return since === null ? ids.slice(-10) : ids.filter((id) => id > Number(since)).slice(0, 10);
};

/** Asks a real server as the workflow would, page after page, by the real activity in a folder. */
class Asker {
  state: PageState = firstPages(initialPace);
  pace = initialPace;
  readonly shown: Id[][] = [];
  readonly lost: [number, number][] = [];
  passed = 0;
  readonly troubles: string[] = [];

  private constructor(
    readonly api: Api,
    readonly bench: Bench,
    private readonly pages: PagesRequest,
    private readonly contiguous: boolean,
  ) {}

  static async open(
    given: SourceServerOptions | Odd,
    pages: PagesRequest,
    { contiguous = true } = {},
  ): Promise<Asker> {
    let clock = Date.UTC(2023, 3, 20);
    let grown = 0;
    const options = typeof given === 'function' ? {} : given;
    const isText = (options.shape?.ids ?? 'integer') !== 'integer';
    const form = formOf(declared(isText ? 'text' : 'integer', contiguous && !isText));
    const api =
      typeof given === 'function'
        ? await oddApi(given, () => 119 + grown)
        : await createSourceServer({
            ...{ history: 20, rate: 1, window: 10, paging: true, firstId: 100, nowMs: () => clock },
            ...options,
            shape: { arrayPath: 'items', payloadField: null, idField: 'record_id', ...options.shape },
          });
    const source = createHttpSource({ url: api.url, incremental: pages }, form.answers);
    const bench = await Bench.open({ source, form, keyRing: () => Promise.resolve(noKeys()) });
    const asker = new Asker(api, bench, pages, contiguous && !isText);
    // Of the sample API no two records come within 0.3 s.
    asker.arrive = (count) => {
      const until = api.newestId() + count;
      grown += count;
      while (api.newestId() < until) clock += 100;
    };
    return asker;
  }

  /** So many more records are there. */
  arrive: (count: number) => void = () => undefined;

  get how() {
    const { startParam, cursorParam, limit } = this.pages;
    return { hasStart: startParam !== null, hasCursor: cursorParam !== null, limit };
  }

  /** One question. Whether the next is to follow at once. */
  async ask(): Promise<boolean> {
    try {
      const { name, observation, page } = await this.bench.activities.fetch({
        dataset: DATASET,
        ...askFor(this.state, this.how),
      });
      const { body } = await this.bench.storage.get(rawKey(DATASET, name));
      const archived = JSON.parse((await gunzip(body, 1e9)).toString()) as { items: { record_id: Id }[] };
      this.shown.push(archived.items.map(({ record_id }) => record_id));
      const step = takePage(this.state, { name, observation, page: page! }, this.how, this.contiguous);
      // As it goes through Temporal.
      this.state = JSON.parse(JSON.stringify(step.state)) as PageState;
      if (step.trouble !== null) this.troubles.push(step.trouble);
      if (step.seen !== null) this.take(step.seen);
      return step.isMore;
    } catch (error) {
      const [details] = ((error as { details?: unknown }).details ?? []) as { status?: number }[];
      if (details?.status === undefined) throw error;
      const { status } = details;
      const { state, trouble } = refusePage(this.state, this.how, status);
      this.state = state;
      this.troubles.push(trouble ?? `refused: ${String(status)}`);
      return true;
    }
  }

  private take(seen: Parameters<typeof nextPace>[1]): void {
    const limits = { pollMinMs: 1, pollMaxMs: 1_000, mode: 'paced' as const, contiguousIds: this.contiguous };
    const step = nextPace(this.pace, seen, {
      ...limits,
      pageRecords: this.pages.limit ?? this.state.largest,
    });
    this.pace = step.state;
    if (step.lost) this.lost.push([step.lost.from, step.lost.to]);
    if (step.passed) this.passed += 1;
  }

  /** Until it has caught up. Resolves to the pages that this took. */
  async catchUp(max = 40): Promise<Id[][]> {
    const from = this.shown.length;
    for (let asked = 0; await this.ask(); asked += 1) assert(asked < max, 'it asks for ever');
    return this.shown.slice(from);
  }

  /** All ids of the source that no page has shown, from the first that one has. */
  missing(): number {
    const ids = new Set(this.shown.flat());
    const all = Array.from({ length: this.api.newestId() - 110 + 1 }, (_, i) => 110 + i);
    return all.filter((id) => !ids.has(id)).length;
  }

  async close(): Promise<void> {
    await this.api.close();
    await this.bench.close();
  }
}

const range = (from: number, to: number): number[] =>
  Array.from({ length: to - from + 1 }, (_, i) => from + i);

/** Each asks a real sample API on loopback, and archives what it answers in a folder. */
describe('what came after an id', () => {
  let asker: Asker;
  afterEach(() => asker.close());
  const open = async (...given: Parameters<typeof Asker.open>): Promise<Asker> =>
    (asker = await Asker.open(...given));

  for (const [kind, pages] of Object.entries({
    'by id': BY_ID,
    'by cursor': BY_CURSOR,
    'by cursor, from the newest back': BACKWARD,
  }))
    it(`is asked for page after page ${kind}, and nothing is lost however late`, async () => {
      await open({}, pages);
      assert.deepEqual(await asker.catchUp(), [range(110, 119)]);
      asker.arrive(57);
      const shown = await asker.catchUp();
      assert.deepEqual(
        [...new Set(shown.flat())].filter((id) => (id as number) > 119).sort(),
        range(120, 176),
      );
      assert.deepEqual([asker.missing(), asker.lost, asker.troubles], [0, [], []]);
      assert(shown.length <= 7, `${shown.length} pages`);
      assert.equal(asker.state.mark.id, 176);
      assert.equal(asker.state.chain, null);
    });

  it('is asked for once more where a page is exactly full, and an empty page ends it', async () => {
    await open({}, BY_ID);
    await asker.catchUp();
    asker.arrive(10);
    assert.deepEqual(await asker.catchUp(), [range(120, 129), []]);
    assert.deepEqual(await asker.catchUp(), [[]]);
    assert.equal(asker.state.mark.id, 129);
  });

  for (const newest of ['highest', 'last'] as const)
    for (const pages of [BY_ID, BY_CURSOR])
      it(`goes by text ids, of which the ${newest} is the newest, ${pages === BY_ID ? 'by id' : 'by cursor'}`, async () => {
        await open({ shape: { ids: newest === 'highest' ? 'ulid' : 'uuid4' } }, { ...pages, newest });
        await asker.catchUp();
        asker.arrive(35);
        const shown = await asker.catchUp();
        assert.equal(new Set(shown.flat()).size, 35);
        assert.deepEqual([asker.passed, asker.troubles], [0, []]);
        // No text id, and no cursor, stands in what Temporal keeps.
        const kept = JSON.stringify(asker.state);
        assert(
          shown.flat().every((id) => !kept.includes(String(id))),
          kept,
        );
      });

  it('goes by text ids in no order from the newest back, until what is known is shown', async () => {
    await open({ shape: { ids: 'uuid4' } }, BACKWARD);
    await asker.catchUp();
    asker.arrive(35);
    assert.equal((await asker.catchUp()).length, 4);
    assert.equal(new Set(asker.shown.flat()).size, 45);
    assert.equal(asker.passed, 0);
  });

  it('shows the id itself again where the API includes it, which is neither new nor asked for again', async () => {
    await open((params, ids) => {
      const since = params.get('since_id');
      return items(since === null ? ids.slice(-10) : ids.filter((id) => id >= Number(since)).slice(0, 10));
    }, BY_ID);
    await asker.catchUp();
    asker.arrive(25);
    assert.deepEqual(await asker.catchUp(), [range(119, 128), range(128, 137), range(137, 144)]);
    assert.deepEqual(await asker.catchUp(), [[144]]);
    assert.deepEqual([asker.missing(), asker.lost, asker.troubles, asker.state.isHeeded], [0, [], [], true]);
  });

  it('is a window again where the API does not heed the question, with the losses of one, and is said once', async () => {
    await open((_, ids) => items(ids.slice(-10)), BY_ID, { contiguous: false });
    await asker.catchUp();
    asker.arrive(5);
    assert.equal((await asker.catchUp()).length, 1);
    assert.match(asker.troubles.join(), /does not heed start_param/);
    asker.arrive(5);
    await asker.catchUp();
    assert.equal(asker.troubles.length, 1);
    assert.deepEqual(asker.lost, []);
    asker.arrive(30);
    assert.equal((await asker.catchUp()).length, 1);
    assert.deepEqual(asker.lost, [[130, 149]]);
  });

  it('is no loss where windows share no id; it is one where ids count up and the API does not give them', async () => {
    const holes: Odd = (params, ids) => items(after(params, ids).filter((id) => id < 120 || id > 124));
    await open(holes, BY_ID, { contiguous: false });
    await asker.catchUp();
    asker.arrive(8);
    await asker.catchUp();
    assert.deepEqual(asker.lost, []);
    await asker.close();
    await open(holes, BY_ID);
    await asker.catchUp();
    asker.arrive(8);
    await asker.catchUp();
    assert.deepEqual(asker.lost, [[120, 124]]);
  });

  for (const [what, cursorOf] of Object.entries({
    'names the same page again': () => 'same',
    'goes in a circle of three': (request: number) => `c${request % 3}`,
  }))
    for (const contiguous of [true, false])
      it(`ends where the cursor ${what}, is said, and what follows is asked for ${contiguous ? 'by id' : 'again'}`, async () => {
        const odd: Odd = (params, ids, request) =>
          items(after(params, ids), { next_cursor: cursorOf(request) });
        await open(odd, BY_CURSOR, { contiguous });
        await asker.catchUp();
        asker.arrive(25);
        for (let poll = 0; poll < 3; poll += 1) await asker.catchUp(12);
        assert.match(asker.troubles.join(), /lead in a circle/);
        // Of ids with holes nobody knows whether a page left something out: better asked for again than passed over.
        assert.equal(asker.state.mark.id, contiguous ? 144 : 119);
        assert.equal(asker.missing(), contiguous ? 0 : 15);
      });

  it('goes on at the pace of polls where the source always names a next page, and none is new', async () => {
    await open((params, ids) => {
      const from = Number(params.get('cursor') ?? params.get('since_id') ?? ids.at(-11));
      const page = ids.filter((id) => id > from).slice(0, 10);
      return items(page, { next_cursor: String(page.at(-1) ?? from) });
    }, BY_CURSOR);
    await asker.catchUp();
    asker.arrive(15);
    assert.deepEqual(await asker.catchUp(), [range(120, 129), range(130, 134), []]);
    assert.deepEqual(await asker.catchUp(), [[]]);
    asker.arrive(3);
    await asker.catchUp();
    assert.deepEqual([asker.missing(), asker.troubles], [0, []]);
  });

  it('begins again from the newest id that is known where a cursor has expired', async () => {
    let expired = false;
    await open(
      (params, ids) => {
        const cursor = params.get('cursor');
        if (cursor !== null && expired) {
          expired = false;
          return 410;
        }
        const page = ids
          .filter((id) => id > Number(cursor ?? params.get('since_id') ?? ids.at(-11)))
          .slice(0, 10);
        return items(page, { next_cursor: page.length === 10 ? String(page.at(-1)) : null });
      },
      BY_CURSOR,
      { contiguous: false },
    );
    await asker.catchUp();
    asker.arrive(45);
    for (let page = 0; page < 3; page += 1) await asker.ask();
    expired = true;
    const rest = await asker.catchUp();
    assert.match(asker.troubles.join(), /refused the next page \(410\)/);
    // Pages came one behind the other, so that not all of them are asked for again.
    assert.deepEqual(rest[0], range(150, 159));
    assert.deepEqual([asker.missing(), asker.lost], [0, []]);
  });

  it('asks for the newest where the id is refused, and tells what is lost by that', async () => {
    await open((params, ids) => {
      const since = params.get('since_id');
      return since !== null && !ids.slice(-20).includes(Number(since)) ? 404 : items(after(params, ids));
    }, BY_ID);
    await asker.catchUp();
    asker.arrive(40);
    await asker.catchUp();
    assert.match(asker.troubles.join(), /refused to tell what came after an id \(404\)/);
    assert.deepEqual(asker.lost, [[120, 149]]);
    asker.arrive(15);
    await asker.catchUp();
    assert.equal(asker.state.mark.id, 174);
  });

  it('is not turned to the newest by a refusal of who asks', async () => {
    let status = 0;
    await open((params, ids) => (status === 0 ? items(after(params, ids)) : status), BY_ID);
    await asker.catchUp();
    asker.arrive(30);
    status = 403;
    await asker.ask();
    status = 0;
    await asker.catchUp();
    assert.deepEqual([asker.missing(), asker.lost, asker.state.mark.id], [0, [], 149]);
  });

  it('goes back by pages that begin with the newest, and moves on only once all were shown', async () => {
    const odd: Odd = (params, ids) => {
      const below = Number(params.get('cursor') ?? Infinity);
      const all = ids.filter((id) => id > Number(params.get('since_id') ?? ids.at(-11)) && id < below);
      const page = all.slice(-10).reverse();
      return items(page, { next_cursor: all.length > 10 ? String(page.at(-1)) : null });
    };
    await open(odd, BY_CURSOR, { contiguous: false });
    await asker.catchUp();
    asker.arrive(25);
    await asker.ask();
    await asker.ask();
    assert.equal(asker.state.mark.id, 119);
    await asker.catchUp();
    assert.deepEqual([asker.state.mark.id, asker.missing(), asker.lost], [144, 0, []]);
  });
});
