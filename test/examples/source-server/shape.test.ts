import assert from 'node:assert/strict';
import fernet from 'fernet';
import {
  createSourceServer,
  DEMO_KEY,
  ID_KINDS,
  PAYLOAD_KINDS,
  type Shape,
  type SourceServer,
  type SourceServerOptions,
  TIME_KINDS,
} from '../../../examples/source-server/index.js';
import { IDS, PAYLOADS, TIMES } from '../../../src/commands/source-shape.js';

type Element = Readonly<Record<string, unknown>>;

const NOON_MS = Date.parse('2026-01-15T12:00:00.250Z');

async function serving<T>(
  options: SourceServerOptions,
  test: (server: SourceServer, ask: (query?: string) => Promise<unknown>) => Promise<T>,
): Promise<T> {
  const given = { nowMs: () => NOON_MS, startMs: NOON_MS, history: 20, ...options };
  const server = await createSourceServer(given);
  const ask = async (query = ''): Promise<unknown> => (await fetch(`${server.url}${query}`)).json();
  try {
    return await test(server, ask);
  } finally {
    await server.close();
  }
}

const elementsOf = (shape: Shape): Promise<Element[]> =>
  serving({ shape }, async (_server, ask) => (await ask()) as Element[]);

const decrypted = (token: unknown): string =>
  new fernet.Token({ secret: new fernet.Secret(DEMO_KEY), token: String(token), ttl: 0 }).decode();

describe('the sample API in the shape of another', () => {
  it('is the diary’s where nothing is said', async () => {
    const [plain, shaped] = [await serving({}, (_server, ask) => ask()), await elementsOf({})];
    const opened = (elements: Element[]): unknown[] =>
      elements.map((element) => ({ ...element, data: decrypted(element['data']) }));
    assert.deepEqual(opened(shaped), opened(plain as Element[]));
  });

  it('has the array where it is wanted, the newest first where that is wanted', async () => {
    const shape = { arrayPath: 'data.items', newestFirst: true };
    await serving({ shape }, async (server, ask) => {
      const answer = (await ask()) as { data: { items: Element[] } };
      assert.deepEqual(Object.keys(answer), ['data']);
      const ids = answer.data.items.map(({ recordId }) => recordId);
      assert.deepEqual(
        ids,
        Array.from({ length: 20 }, (_, i) => server.newestId() - i),
      );
    });
  });

  it('has the fields of an element, and those of a record, under other names', async () => {
    const shape: Shape = {
      idField: 'id',
      payloadField: 'payload',
      payload: 'object',
      rename: { inDate: 'ts', user_id: 'user' },
    };
    const [element] = await elementsOf(shape);
    assert.deepEqual(Object.keys(element ?? {}), ['id', 'ArrivalTimeStamp', 'payload']);
    const names = ['user', 'record_id', 'activity', 'url', 'method', 'name', 'ts', 'detail'];
    assert.deepEqual(Object.keys(element?.['payload'] as object), names);
  });

  it('has an element that is the record, under an id of any name', async () => {
    await serving({ shape: { payloadField: null, idField: 'id' } }, async (server, ask) => {
      const elements = (await ask()) as Element[];
      assert.deepEqual(elements[3], server.served(3).record);
      assert.equal(elements[3]?.['id'], server.served(3).id);
    });
  });

  for (const payload of PAYLOAD_KINDS)
    it(`writes the record as ${payload}`, async () => {
      await serving({ shape: { payload } }, async (server, ask) => {
        const [element] = (await ask()) as Element[];
        const data = payload.startsWith('fernet') ? decrypted(element?.['data']) : element?.['data'];
        const { record } = server.served(0);
        if (payload === 'object') assert.deepEqual(data, record);
        else if (payload.endsWith('json')) assert.equal(data, JSON.stringify(record));
        else assert.match(String(data), /^\{'user_id': '[0-9a-f]{64}', 'record_id': 2462380, /);
      });
    });

  const spelled: Readonly<Record<(typeof TIME_KINDS)[number], unknown>> = {
    iso8601: '2026-01-15T12:00:00.250Z',
    epoch_s: 1_768_478_400,
    epoch_ms: 1_768_478_400_250,
    rfc1123: 'Thu, 15 Jan 2026 12:00:00 GMT',
    python_logging: '2026-01-15 12:00:00,250',
  };
  for (const times of TIME_KINDS)
    it(`writes times as ${times}`, async () => {
      const elements = await elementsOf({ times, payloadField: null });
      assert.equal(elements.at(-1)?.['inDate'], spelled[times]);
    });

  const looks: Readonly<Record<(typeof ID_KINDS)[number], RegExp>> = {
    integer: /^\d{7}$/,
    digits: /^\d{7}$/,
    snowflake: /^46116860184\d{8}$/,
    ulid: /^[0-7][0-9A-HJKMNP-TV-Z]{25}$/,
    uuid7: /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
    uuid4: /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
  };
  for (const ids of ID_KINDS)
    it(`gives ids as ${ids}: the same in element and record, each once, ascending but for uuid4`, async () => {
      const elements = await elementsOf({ ids, payload: 'object' });
      const all = elements.map(({ recordId }) => recordId);
      assert.equal(typeof all[0], ids === 'integer' ? 'number' : 'string');
      for (const id of all) assert.match(String(id), looks[ids]);
      assert.deepEqual(
        elements.map(({ data }) => (data as Element)['record_id']),
        all,
      );
      assert.equal(new Set(all).size, all.length);
      const sorted = all.map(String).sort();
      assert.equal(
        all.every((id, i) => String(id) === sorted[i]),
        ids !== 'uuid4',
      );
      assert.deepEqual(await elementsOf({ ids, payload: 'object' }), elements);
    });

  it('names the time of arrival in a ULID and in a UUIDv7', async () => {
    await serving({ shape: { ids: 'uuid7' } }, (server) => {
      const hex = String(server.served(19).id).replaceAll('-', '').slice(0, 12);
      assert.equal(Number(`0x${hex}`), NOON_MS);
      return Promise.resolve();
    });
  });

  it('refuses shapes that no API can have', async () => {
    await assert.rejects(createSourceServer({ shape: { arrayPath: 'data..items' } }), /path of the array/);
    await assert.rejects(
      createSourceServer({ shape: { payloadField: null, payload: 'python' } }),
      /written as an object/,
    );
    await assert.rejects(createSourceServer({ capture: [], shape: {} }), /served as it is/);
  });

  it('is known to the command by the same words', () => {
    assert.deepEqual([PAYLOADS, IDS, TIMES], [[...PAYLOAD_KINDS], [...ID_KINDS], [...TIME_KINDS]]);
  });
});

describe('the sample API in pages', () => {
  interface Answer {
    readonly items: Element[];
    readonly next_cursor: string | null;
  }
  const paged = { paging: true, window: 8 } as const;

  for (const ids of ID_KINDS)
    it(`gives what came after an id of ${ids}, page by page, and then no more`, async () => {
      await serving({ ...paged, shape: { ids, arrayPath: 'items' } }, async (server, ask) => {
        const seen: unknown[] = [];
        let query = `?since_id=${server.served(4).id}&limit=6`;
        for (let pages = 1; ; pages++) {
          const { items, next_cursor } = (await ask(query)) as Answer;
          seen.push(...items.map(({ recordId }) => recordId));
          if (next_cursor === null) {
            assert.equal(pages, 3);
            break;
          }
          query = `?cursor=${next_cursor}&limit=6`;
        }
        assert.deepEqual(
          seen,
          Array.from({ length: 15 }, (_, i) => server.served(5 + i).id),
        );
        const none = (await ask(`?since_id=${server.served(19).id}`)) as Answer;
        assert.deepEqual(none, { items: [], next_cursor: null });
      });
    });

  it('gives the newest first where no id is named, and older ones behind the cursor', async () => {
    await serving({ ...paged, shape: { arrayPath: 'items' } }, async (server, ask) => {
      const pages: number[] = [];
      let cursor: string | null = null;
      do {
        const answer = (await ask(cursor === null ? '' : `?cursor=${cursor}`)) as Answer;
        pages.push(...answer.items.map(({ recordId }) => Number(recordId)).reverse());
        cursor = answer.next_cursor;
      } while (cursor !== null);
      assert.deepEqual(
        pages,
        Array.from({ length: 20 }, (_, i) => server.newestId() - i),
      );
    });
  });

  it('never gives more than its window, and says of a wrong question what is wrong', async () => {
    await serving({ ...paged, shape: { arrayPath: 'items' } }, async (server, ask) => {
      assert.equal(((await ask('?limit=1000')) as Answer).items.length, 8);
      for (const [query, error] of [
        ['?since_id=1', 'since_id: there is no such record'],
        ['?limit=0', 'limit: a number from 1 on'],
        ['?cursor=abc', 'cursor: none of this API'],
      ] as const) {
        const answer = await fetch(`${server.url}${query}`);
        assert.deepEqual([answer.status, await answer.json()], [400, { error }]);
      }
    });
  });

  it('looks at no parameter unless it is told to', async () => {
    await serving({ window: 8 }, async (_server, ask) => {
      assert.equal(((await ask('?limit=1&since_id=x')) as Element[]).length, 8);
    });
  });
});
