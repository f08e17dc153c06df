import assert from 'node:assert/strict';
import { GOOD } from './examples.js';
import { faultsOf } from './written.js';

/** What people write in the place of something else, each alone, and all that is said of it. */
const MISTAKES: readonly [what: string, from: string, to: string, said: readonly string[]][] = [
  [
    'a name mistyped',
    'primary_key: id',
    'primry_key: id',
    ['fernlake.yaml:6:7: datasets.shop.source.primry_key is not known; did you mean primary_key?'],
  ],
  [
    'a line indented by a tab',
    '      url:',
    '\turl:',
    ['fernlake.yaml:5:1: a tab stands where the line is indented: use blanks'],
  ],
  [
    'a variable without quotes within { }',
    'primary_key: id',
    'auth: { type: bearer, token: ${TOKEN} }',
    ['fernlake.yaml:6:37: within { } and [ ] a ${…} must stand in quotes'],
  ],
  [
    'a name twice',
    'primary_key: id',
    'primary_key: id\n      url: https://b.example.com/',
    ['fernlake.yaml:7:7: datasets.shop.source.url stands twice: the first is in line 5'],
  ],
  [
    "SQL's word for a type",
    'id: integer',
    'id: bigint',
    [
      'fernlake.yaml:11:13: datasets.shop.record.columns.id must be text, integer, number, boolean, object or json; did you mean integer?',
    ],
  ],
  [
    'yes for true',
    'contiguous: true',
    'contiguous: yes',
    ['fernlake.yaml:7:19: datasets.shop.source.contiguous must be true or false'],
  ],
  [
    'a time without a unit',
    'datasets:\n  shop:\n',
    'datasets:\n  shop:\n    poll: { slot: 300 }\n',
    ['fernlake.yaml:4:19: datasets.shop.poll.slot must be a duration, such as 5m'],
  ],
  [
    'a column that partitions have',
    'id: integer',
    'id: integer\n        Year: integer',
    [
      'fernlake.yaml:12:9: datasets.shop.record.columns.Year is the name of a column that tables have of their own (year, month, day, hour, dt, unknown_fields)',
    ],
  ],
  [
    'a column twice in other case',
    'id: integer',
    'id: integer\n        ID: integer',
    [
      'fernlake.yaml:12:9: datasets.shop.record.columns.ID differs from id by case alone, in which engines see no difference',
    ],
  ],
  [
    'the time in a column that is not there',
    'field: at',
    'field: att',
    [
      'fernlake.yaml:9:28: datasets.shop.record.event_time.field must be one of the columns; did you mean at?',
    ],
  ],
  [
    'ids of text that count up',
    'id: integer',
    'id: text',
    [
      'fernlake.yaml:7:19: datasets.shop.source.contiguous must be false: the id id is text, which does not count up',
    ],
  ],
  [
    'a variable that is not set',
    'https://api.example.com/orders',
    '"https://${TENANT}.example.com/"',
    [
      'fernlake.yaml:5:12: datasets.shop.source.url needs the variable TENANT, which is not set in the environment or in .env',
    ],
  ],
  [
    'a text twice in a dictionary',
    '[new, paid]',
    '[new, paid, new]',
    [
      'fernlake.yaml:13:65: datasets.shop.record.columns.state.compact.dictionary[2] stands in the list already',
    ],
  ],
  [
    'a dictionary of nothing',
    '[new, paid]',
    '[]',
    ['fernlake.yaml:13:53: datasets.shop.record.columns.state.compact.dictionary must not be empty'],
  ],
  [
    'a shorter form of a number',
    'id: integer',
    'id: { type: integer, compact: hex }',
    [
      'fernlake.yaml:11:39: datasets.shop.record.columns.id.compact does not fit the type integer: only text has a shorter form',
    ],
  ],
  [
    'a pattern of times without a year',
    'field: at',
    'field: at, format: "%d/%m %H:%M"',
    ['fernlake.yaml:9:40: datasets.shop.record.event_time.format has no year: write %Y or %y'],
  ],
  [
    'a directive that no pattern has',
    'field: at',
    'field: at, format: "%Y-%m-%d %Q"',
    [
      'fernlake.yaml:9:40: datasets.shop.record.event_time.format has %Q, which is none of %Y %y %m %b %h %B %d %e %j %a %A %H %I %p %M %S %f %z %Z %F %T %R %%',
    ],
  ],
  [
    'an id with decimals',
    'id: integer',
    'id: number',
    [
      'fernlake.yaml:11:9: datasets.shop.record.columns.id holds the id, which must be integer or text, not number',
    ],
  ],
  [
    'an id that may be missing',
    'id: integer',
    'id: { type: integer, optional: true }',
    ['fernlake.yaml:11:9: datasets.shop.record.columns.id holds the id, which no record may lack'],
  ],
  [
    'a time in the shorter form of something else',
    'compact: time',
    'compact: hex',
    [
      'fernlake.yaml:9:28: datasets.shop.record.event_time.field is a column with a shorter form that is none of a time: give it compact: time, or none',
    ],
  ],
  [
    'a pattern that names no year',
    'field: at',
    'field: at, format: "%d.%m. %H:%M"',
    ['fernlake.yaml:9:40: datasets.shop.record.event_time.format has no year: write %Y or %y'],
  ],
  [
    'local times whose rows have no room for the instant',
    'field: at }\n      columns:\n        id: integer\n        at: { type: text, compact: time }',
    'field: at, zone: Europe/Berlin }\n      columns:\n        id: integer\n        at: text',
    [
      'fernlake.yaml:9:28: datasets.shop.record.event_time.field is a column that needs compact: time, so that its rows carry the instant: no engine knows that times are local to Europe/Berlin',
    ],
  ],
  [
    'a time in a column of numbers',
    'at: { type: text, compact: time }',
    'at: integer',
    [
      'fernlake.yaml:9:28: datasets.shop.record.event_time.field is a column of type integer; with format iso8601 it must be text',
    ],
  ],
  [
    'a zone that means two',
    'field: at',
    'field: at, zone: IST',
    [
      'fernlake.yaml:9:38: datasets.shop.record.event_time.zone is no zone: write UTC, an offset such as +05:30, or a region such as Europe/Berlin',
    ],
  ],
  [
    'a dataset called as a folder of the lake',
    '  shop:\n',
    '  definition:\n',
    ['fernlake.yaml:3:3: datasets.definition must not be definition: the lake has a folder of that name'],
  ],
  [
    'a dataset called as the table of another',
    'datasets:\n',
    'datasets:\n  shop_readable: { preset: log-api, source: { url: https://b.example.com/ }, record: { encryption: none } }\n',
    [
      'fernlake.yaml:3:3: datasets.shop_readable must not be shop_readable beside the dataset shop, which has a table of that name',
    ],
  ],
  [
    'an unknown preset',
    '    source:',
    '    preset: log_apy\n    source:',
    ['fernlake.yaml:4:13: datasets.shop.preset must be log-api; did you mean log-api?'],
  ],
  [
    'Iceberg',
    '    source:',
    '    formats: [ndjson, iceberg]\n    source:',
    ['fernlake.yaml:4:14: datasets.shop.formats holds iceberg, which this version does not write'],
  ],
  [
    'a time format that is nearly right',
    'field: at',
    'field: at, format: iso_8601',
    [
      'fernlake.yaml:9:40: datasets.shop.record.event_time.format must be iso8601, python_logging, rfc1123, epoch_s or epoch_ms, or a pattern with % as of strptime; did you mean iso8601?',
    ],
  ],
  [
    'a time-out beyond that of the activity',
    'contiguous: true',
    'contiguous: true\n      timeout: 2m',
    [
      'fernlake.yaml:8:16: datasets.shop.source.timeout must be 50s or less: the activity that asks has a minute',
    ],
  ],
];

describe('a mistake in fernlake.yaml', () => {
  it('is none in the file that the others begin with', () => {
    assert.deepEqual(faultsOf(GOOD), []);
  });

  for (const [what, from, to, said] of MISTAKES) {
    it(`is told by its place, with what was meant: ${what}`, () => {
      assert(GOOD.includes(from), from);
      assert.deepEqual(faultsOf(GOOD.replace(from, to)), said);
    });
  }

  it('hides no other: all are told at once, in the order of the file', () => {
    const some = [
      'a name mistyped',
      "SQL's word for a type",
      'yes for true',
      'the time in a column that is not there',
    ];
    const all = some.reduce((text, what) => {
      const [, from = '', to = ''] = MISTAKES.find(([each]) => each === what) ?? [];
      return text.replace(from, to);
    }, GOOD);
    assert.deepEqual(
      faultsOf(all).map((fault) => fault.split(' ')[0]),
      ['fernlake.yaml:6:7:', 'fernlake.yaml:7:19:', 'fernlake.yaml:9:28:', 'fernlake.yaml:11:13:'],
    );
  });
});
