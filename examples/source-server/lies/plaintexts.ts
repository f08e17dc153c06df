import type { QuarantineReason } from '../../../src/dataset/reason.js';
import { pythonRepr, type PythonValue } from '../python-repr.js';
import { BAD, landing, type Lie, quarantined, type Stage } from './lie.js';

type Fields = Readonly<Record<string, PythonValue>>;

/** A token of this text, in place of a record's. `good` is the text that should have been there. */
const text = (
  name: string,
  serves: string,
  reason: QuarantineReason,
  make: (good: string, stage: Stage) => string,
): Lie =>
  quarantined(name, serves, reason, (stage) =>
    stage.envelope(BAD, make(pythonRepr(stage.record(BAD)), stage)),
  );

/** A record with these fields changed. */
const fields = (
  name: string,
  serves: string,
  reason: QuarantineReason,
  change: (stage: Stage) => Fields,
): Lie =>
  text(name, serves, reason, (_good, stage) => pythonRepr({ ...stage.record(BAD), ...change(stage) }));

/** A good record with another field at its end, spelled as Python would. */
const extra = (name: string, serves: string, reason: QuarantineReason, spelled: string): Lie =>
  text(name, serves, reason, (good) => withField(good, spelled));

const landingText = (name: string, serves: string, make: (good: string, stage: Stage) => string): Lie =>
  landing(name, serves, (stage) => stage.envelope(BAD, make(pythonRepr(stage.record(BAD)), stage)));

const withField = (good: string, spelled: string): string => `${good.slice(0, -1)}, ${spelled}}`;
const without = (record: Fields, field: string): Fields =>
  Object.fromEntries(Object.entries(record).filter(([name]) => name !== field));
const missing = (field: string): Lie =>
  text(`missing-${field}`, `a record without ${field}`, 'missing-field', (_good, stage) =>
    pythonRepr(without(stage.record(BAD), field)),
  );

const HOUR_MS = 3_600_000;
const iso = (epochMs: number): string => new Date(epochMs).toISOString();

/** If anything of this ran, the file would be there: a campaign checks that it is not. */
export const CANARY = 'fernlake-evaluated-what-it-must-not';

/** Python that must never run. */
const CODE_LIES: readonly Lie[] = [
  text('code-call', 'a Python call', 'not-a-record', () => `__import__('os').system('touch ${CANARY}')`),
  text('code-in-value', 'a dict with a call in it', 'not-a-record', (good) =>
    withField(good, `'x': open('${CANARY}', 'w')`),
  ),
  text('code-lambda', 'a dict with a lambda in it', 'not-a-record', (good) =>
    withField(good, `'x': lambda: 1`),
  ),
  text(
    'code-after-dict',
    'a good dict with a statement after it',
    'not-a-record',
    (good) => `${good}; import os`,
  ),
  text('code-comprehension', 'a comprehension', 'not-a-record', () => '{str(i): i for i in range(10**9)}'),
  text('code-f-string', 'a dict with an f-string', 'not-a-record', (good) =>
    withField(good, `'x': f'{1 + 1}'`),
  ),
  text('code-arithmetic', 'a number that only takes a lifetime to compute', 'not-a-record', (good) =>
    withField(good, `'x': 9 ** 9 ** 9`),
  ),
  text('code-javascript', 'JavaScript', 'not-a-record', () => `(() => { process.exit(1) })()`),
  text(
    'code-template',
    'a template that a careless logger would fill in',
    'not-a-record',
    () => '${jndi:ldap://x/a}',
  ),
];

/** Texts that are no dict. */
const SHAPE_LIES: readonly Lie[] = [
  text('text-list', 'a list in place of a dict', 'not-a-record', (good) => `[${good}]`),
  text('text-number', 'a number in place of a dict', 'not-a-record', () => '42'),
  text('text-none', 'None in place of a dict', 'not-a-record', () => 'None'),
  text('text-html', 'an HTML page in a token', 'not-a-record', () => '<html>oops</html>'),
  text('text-truncated', 'the first half of a dict', 'not-a-record', (good) =>
    good.slice(0, good.length / 2),
  ),
  text('text-open-string', 'a dict whose last string never ends', 'not-a-record', (good) =>
    good.replace(/'\}\}$/, '}}'),
  ),
  extra('text-nan', 'the bare name nan', 'not-a-record', `'x': nan`),
  text('text-huge', 'a record with a field of half a megabyte', 'too-large', (good) =>
    withField(good, `'x': '${'x'.repeat(512 * 1024)}'`),
  ),
  extra(
    'text-deep',
    'a record with a field of 2,000 levels',
    'unrepresentable',
    `'x': ${'['.repeat(2000)}${']'.repeat(2000)}`,
  ),
  extra('tuple', 'a tuple', 'unrepresentable', `'x': (1, 2)`),
  extra('bytes', 'bytes', 'unrepresentable', `'x': b'abc'`),
  extra('infinity', 'a float past all floats', 'unrepresentable', `'x': 1e999`),
  extra('lone-surrogate', 'half of a surrogate pair', 'unrepresentable', String.raw`'x': '\ud800'`),
  extra('duplicate-field', 'a field twice', 'ambiguous-field', `'activity': 'view'`),
  extra('field-by-case', 'two fields that differ by case', 'ambiguous-field', `'Activity': 'view'`),
  ...['year', 'month', 'day', 'hour'].map((field) =>
    extra(`reserved-${field}`, `a field named ${field}`, 'reserved-field', `'${field}': 2023`),
  ),
];

/** Dicts that are no records. */
const FIELD_LIES: readonly Lie[] = [
  ...['user_id', 'record_id', 'activity', 'url', 'method', 'inDate'].map(missing),
  fields('user-id-number', 'a number for a user id', 'wrong-type', () => ({ user_id: 7 })),
  fields('user-id-none', 'None for a user id', 'wrong-type', () => ({ user_id: null })),
  fields('method-list', 'a list for a method', 'wrong-type', () => ({ method: ['POST'] })),
  fields('url-boolean', 'True for a url', 'wrong-type', () => ({ url: true })),
  fields('time-number', 'a number for a time', 'wrong-type', (stage) => ({ inDate: stage.eventMs })),
  fields('record-id-string', 'an id in quotes inside the token', 'wrong-type', (stage) => ({
    record_id: String(stage.firstId + BAD),
  })),
  fields('record-id-of-another', 'the id of another record inside the token', 'id-mismatch', (stage) => ({
    record_id: stage.firstId + 1_000,
  })),
  fields('date-30-february', 'the 30th of February', 'bad-time', () => ({
    inDate: '2023-02-30T12:00:00.000Z',
  })),
  fields('date-hour-25', 'an hour past 24', 'bad-time', () => ({ inDate: '2023-04-20T25:00:00.000Z' })),
  fields('date-month-13', 'a thirteenth month', 'bad-time', () => ({ inDate: '2023-13-01T00:00:00.000Z' })),
  fields('date-words', 'a time in words', 'bad-time', () => ({ inDate: 'yesterday' })),
  fields('date-empty', 'an empty time', 'bad-time', () => ({ inDate: '' })),
  fields('date-path', 'a path for a time', 'bad-time', () => ({ inDate: '../../../../etc/passwd' })),
  fields('date-in-two-days', 'a time two days ahead', 'future-time', (stage) => ({
    inDate: iso(stage.nowMs + 48 * HOUR_MS),
  })),
  fields('date-year-9999', 'the year 9999', 'future-time', () => ({ inDate: '9999-12-31T23:59:59.999Z' })),
];

/** Odd, and all the same to be carried as they are. */
const ODD_LIES: readonly Lie[] = [
  landingText('odd-json', 'a record in JSON in place of Python', (_good, stage) =>
    JSON.stringify(stage.record(BAD)),
  ),
  landingText('odd-apostrophe', 'strings in both kinds of quotes', (good) =>
    withField(good, `'x': "it's", 'y': 'say "hi"'`),
  ),
  landingText('odd-unicode', 'letters of many scripts, and a line separator', (good) =>
    withField(good, `'x': '한국어 🙂 \u2028 \\u00e9 \\x00'`),
  ),
  landingText('odd-prototype', 'fields named for the prototype', (good) =>
    withField(good, `'__proto__': {'polluted': 1}, 'constructor': 'x', 'toString': 'y'`),
  ),
  landingText('odd-numbers', 'numbers in unusual spelling', (good) =>
    withField(good, `'x': 1.10, 'y': -7, 'z': 1e-7`),
  ),
  landingText('odd-sql', 'what a careless query would run', (good) =>
    withField(good, `'x': "'; DROP TABLE logs; --"`),
  ),
  landingText('odd-method', 'a method and a url that no dictionary has', (_good, stage) =>
    pythonRepr({ ...stage.record(BAD), method: 'BREW', url: '/api/coffee/' }),
  ),
  landingText('odd-user', 'a user id that is not 64 hex digits', (_good, stage) =>
    pythonRepr({ ...stage.record(BAD), user_id: '=guest/../x' }),
  ),
  landingText('odd-clock-ahead', 'a time an hour ahead', (_good, stage) =>
    pythonRepr({ ...stage.record(BAD), inDate: iso(stage.nowMs + HOUR_MS) }),
  ),
  landingText('odd-last-millisecond', 'the last millisecond of an hour', (_good, stage) =>
    pythonRepr({ ...stage.record(BAD), inDate: iso(Math.floor(stage.eventMs / HOUR_MS) * HOUR_MS - 1) }),
  ),
];

export const PLAINTEXT_LIES: readonly Lie[] = [...CODE_LIES, ...SHAPE_LIES, ...FIELD_LIES, ...ODD_LIES];
