import { LOG_API } from '../../../src/dataset/presets.js';
import assert from 'node:assert/strict';
import { createSourceServer, DEMO_KEY, type SourceServer } from '../../../examples/source-server/index.js';
import { createStage, type Lie, LIES } from '../../../examples/source-server/lies.js';
import type { Check } from '../../../src/inspect/doctor/check.js';
import { checkSource } from '../../../src/inspect/doctor/source.js';
import { createKeyRing } from '../../../src/dataset/fernet-keys.js';
import { diarySource } from '../../support/diary-source.js';
import { ORIGIN } from './origin.js';

/** What doctor says of each lie: the line that must have failed, and its words, the mend behind an arrow. */
const SAID: Readonly<Record<string, readonly [line: string, words: RegExp]>> = {
  'html-with-200': [
    'source',
    /an HTML page of \d+ bytes .* a page for people.* open the source URL in a browser/,
  ],
  'redirect-to-a-login': [
    'source',
    /302 and redirects to a login page at https:\/\/sso\.example,.* credentials/,
  ],
  'redirect-to-a-file': ['source', /redirects to what is no http or https address; check the source URL/],
  '401': ['source', /401 .*the source URL holds no credentials: put user and password in front/],
  '403': ['source', /403 .*the source URL holds no credentials: put user and password in front/],
  '404': ['source', /404 .*check the source URL/],
  '407': ['source', /407 .*check the credentials of the proxy/],
  '511': ['source', /511 .*the network of this machine asks for a login/],
  '502': [
    'source',
    /502 with an HTML page of \d+ bytes \(text\/html\) → look at the source, or ask again later/,
  ],
  'broken-off': ['source', /reset \(ECONNRESET\) → look whether the source URL is right/],
  'gzip-bomb': ['source', /the limit of one answer.* Have the API show fewer/],
  ndjson: ['source', /one JSON object a line \(NDJSON\): have the API, .* the array alone/],
  'python-list': ['source', /Python's spelling: have the API send json\.dumps\(records\)/],
  javascript: ['source', /JSONP.*leave the callback out/],
  'truncated-json': ['source', /cut off after 1 elements.* the elements before the cut land/],
  number: ['source', /look whether the source URL is that of the log API/],
  'empty-body': ['source', /an empty body, where \[\] would say that there is no record/],
  'foreign-array-in-object': [
    'source',
    /with the keys total, data .* its array is in data\.items \(10 elements\)/,
  ],
  'foreign-empty-object': ['source', /a JSON object without keys .* an API without records answers \[\]/],
  'foreign-single-object': ['source', /one record without an array around it: have the API answer \[ … \]/],
  'foreign-error-object': [
    'source',
    /with the keys error, code .* an error message of the API: ask it with curl/,
  ],
  'foreign-array-in-text': ['source', /encoded twice: have the API encode it once/],
  'foreign-names': [
    'envelopes',
    /^10 elements with the keys id, payload; this dataset expects recordId and data: .* id holds the ids, payload holds the tokens → say in fernlake\.yaml which fields/,
  ],
  'foreign-records': [
    'envelopes',
    /with the keys user_id, .* and no field holds Fernet tokens → look whether/,
  ],
  'foreign-tokens': ['envelopes', /^10 elements that are Fernet tokens without an id, where objects/],
  'foreign-pairs': ['envelopes', /^10 elements that are a list, where objects with recordId and data/],
  'foreign-id-text': ['envelopes', /^10 .* an integer in quotes; .* as a number → .* without quotes/],
  'foreign-id-uuid': [
    'envelopes',
    /^10 .* text that is no integer; .* → declare the type of its column as text/,
  ],
  'foreign-id-float': ['envelopes', /^10 elements whose recordId is a number with a fraction/],
  'foreign-data-object': [
    'envelopes',
    /^10 elements whose data is an object, .* → if the records come in the clear, say encryption: none$/,
  ],
  'foreign-data-nested': ['envelopes', /^10 .* the token one level deeper; .* the token itself/],
  'nothing-but-junk': ['envelopes', /^10 elements that are text, .*; 10 elements that are a number/],
  'foreign-data-json': [
    'keys',
    /^no token opens: 10 are no token but JSON text → the records come unencrypted/,
  ],
  'foreign-data-python': [
    'keys',
    /^no token opens: 10 are no token but the text of a Python dict → the records come unencrypted/,
  ],
  'foreign-data-bytes-repr': [
    'keys',
    /wrapped in b'…', as Python's str\(\) writes bytes → .* token\.decode\(\)/,
  ],
  'foreign-data-quoted': [
    'keys',
    /in quotes of its own, encoded twice → have the API encode each token once/,
  ],
  'foreign-data-percent': ['keys', /percent-encoded, as in an URL → .* as Fernet\.encrypt\(\) makes them/],
  'foreign-data-hex': ['keys', /10 are in hex digits, not base64 → .* as Fernet\.encrypt\(\) makes them/],
  'foreign-data-jwt': [
    'keys',
    /10 are no Fernet token but a JSON Web Token \(JWT\) → have the API send Fernet tokens/,
  ],
  'foreign-data-gzip': ['keys', /no Fernet token but base64 of gzip → have the API send Fernet tokens/],
  'foreign-data-base64-json': ['keys', /no Fernet token but base64 of a dict or JSON object/],
  'foreign-data-base64-twice': ['keys', /10 are in base64 twice → .* as Fernet\.encrypt\(\) makes them/],
  'foreign-data-cut': ['keys', /10 are cut off, or glued to another → look for what shortens them/],
  'foreign-data-other-key': [
    'keys',
    /^no token opens \(the key is [0-9a-f]{8}\): 10 are of another key, or damaged → set the key/,
  ],
  'foreign-plaintext-text': [
    'records',
    /10 not-a-record \(the plaintext is plain text: .*\) → .* one object a record/,
  ],
  'foreign-plaintext-token': ['records', /the plaintext is a Fernet token \(encrypted twice\)/],
  'foreign-plaintext-list': ['records', /the plaintext is a list: not a dict/],
  'foreign-plaintext-fields': [
    'records',
    /^0 of 10 would land; to quarantine would go 10 missing-field \(no user_id, activity, url, method, name, detail\)/,
  ],
  'foreign-plaintext-id': [
    'records',
    /10 id-mismatch \(.*\) → have the API send each record under its own id/,
  ],
  'foreign-plaintext-time': ['records', /10 bad-time \(.*\) → /],
  'foreign-plaintext-ahead': ['records', /10 future-time \(.*\) → look at the clock and the time zone/],
};

const LINES = ['source', 'envelopes', 'keys', 'records'];

/** Starts a sample API on loopback that answers as APIs do for which fernlake was not made. */
describe('the look at a source', function () {
  this.timeout(60_000);
  let lie: Lie | undefined;
  let server: SourceServer;
  before(async () => {
    server = await createSourceServer({
      respond: ({ key, nowMs }) =>
        lie?.answer(createStage({ key, nowMs, firstId: 1_000, eventMs: nowMs - 60_000 })),
    });
  });
  after(() => server?.close());

  async function look(told: Lie): Promise<readonly Check[]> {
    lie = told;
    const pace = { pollMinMs: 1_000, pollMaxMs: 1_000, pollMode: 'paced' } as const;
    const { checks } = await checkSource(
      diarySource({ url: server.url }),
      () => Promise.resolve(createKeyRing([DEMO_KEY])),
      { declaration: LOG_API, ...pace, ...ORIGIN },
    );
    return checks;
  }
  const words = ({ says, mend = '' }: Check): string => `${says} → ${mend}`;

  it('has a sentence of its own for every foreign shape', () => {
    const foreign = LIES.filter(
      ({ name, expected }) =>
        name.startsWith('foreign-') && (expected.kind === 'failure' || expected.landed === 0),
    );
    assert.deepEqual(
      foreign.map(({ name }) => name).filter((name) => !(name in SAID)),
      [],
    );
  });

  for (const [name, [line, said]] of Object.entries(SAID)) {
    it(`says of ${name} what it is, and what to do`, async () => {
      const told = LIES.find((each) => each.name === name);
      assert(told, `no lie ${name}`);
      const checks = await look(told);
      const check = checks.find((each) => each.name === line);
      assert.equal(check?.state, 'failed', JSON.stringify(checks));
      assert.match(words(check), said);
      const all = checks.map(words).join('\n');
      assert(!all.includes('gAAAA') && !all.includes('it will be asked again'), all);
    });
  }

  it('fails where nothing could land, and nowhere else', async () => {
    for (const each of LIES) {
      const { expected, name } = each;
      const lands = expected.kind === 'taken' && expected.landed + expected.duplicates > 0;
      // An answer without records is one.
      const isEmpty = ['no-records', 'no-content', 'null'].includes(name);
      const checks = await look(each);
      const failed = checks.filter((check) => LINES.includes(check.name) && check.state === 'failed');
      assert.equal(failed.length > 0, !lands && !isEmpty, `${name}: ${checks.map(words).join('\n')}`);
    }
  });

  it('names what a few of many are', async () => {
    const told = LIES.find(({ name }) => name === 'token-of-another-key');
    assert(told);
    const of = new Map((await look(told)).map((check) => [check.name, check]));
    assert.equal(of.get('keys')?.state, 'warning');
    assert.match(
      words(of.get('keys')!),
      /opens 9 of 10; 1 is of another key, or damaged → add the key that encrypted them .* quarantine redrive$/,
    );
    assert.equal(of.get('records')?.state, 'warning');
    assert.match(words(of.get('records')!), /^9 of 10 would land; to quarantine would go 1 undecryptable/);
  });

  it('says of each kind what to do, and that a redrive lands those alone whose key is missing', async () => {
    const told = (name: string): Lie => {
      const found = LIES.find((each) => each.name === name);
      assert(found, name);
      return found;
    };
    const keysOf = async (lies: readonly Lie[]): Promise<string> => {
      const answer: Lie['answer'] = (stage) => ({
        ...lies[0]!.answer(stage),
        body: JSON.stringify(
          lies.flatMap((each) => JSON.parse(each.answer(stage).body as string) as readonly unknown[]),
        ),
      });
      const checks = await look({ ...lies[0]!, answer });
      return words(checks.find(({ name }) => name === 'keys')!);
    };
    const [other, cut, empty] = ['token-of-another-key', 'token-truncated', 'token-empty'].map(told);
    assert.doesNotMatch(await keysOf([cut!]), /redrive/);
    assert.match(
      await keysOf([cut!, other!, cut!, empty!]),
      /opens 36 of 40; 2 are cut off, or glued to another; 1 is of another key, or damaged; 1 is empty → cut off, or glued to another: look for what shortens them: [^;]*; of another key, or damaged: add the key [^;]* redrive; empty: look why the API sends no tokens$/,
    );
  });

  it('takes tokens in lines for what they are', async () => {
    const told = LIES.find(({ name }) => name === 'foreign-data-in-lines');
    assert(told);
    const of = new Map((await look(told)).map((check) => [check.name, check]));
    assert.equal(words(of.get('records')!), 'all 10 would land → ');
  });
});
