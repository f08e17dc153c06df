import assert from 'node:assert/strict';
import pMap from 'p-map';
import { makeBaseLake } from './base-lake.js';
import { type Damage, damagesTo } from './damages.js';
import { FAULTS, type Ground, play, type Verdict, type Word, WORDS } from './play.js';
import { Oracle } from './truth.js';

/** `npm run test:lake`: every damage. Otherwise a few, so that `npm test` stays short. */
const FULL = process.env['FERNLAKE_CAMPAIGN'] === 'full';
/** Only damages whose name holds this text: to look at one again. */
const ONLY = process.env['FERNLAKE_CAMPAIGN_ONLY'] ?? '';
const PLAYS_AT_ONCE = Number(process.env['FERNLAKE_CAMPAIGN_AT_ONCE'] ?? 4);
const TELL_EVERY = 50;
/** Each has taught us something, or stands for many; the first ones on S3, too. */
const SHORT = [
  'ledger/logs/year=2023/month=04/day=20/hour=13.json put back',
  'hour=14/logs.json.gz cut by 1 byte',
  'quarantine/ and ledger/ deleted',
  'hour=13/logs.parquet deleted',
  'lake.json cut to half',
  'raw/logs/ deleted',
  'ledger/logs/year=2023/month=04/day=20/hour=13.json a bit flipped (6)',
  'hour=15/logs.json.gz copied to logs/year=2023/month=04/day=20/hour=16/logs.json.gz',
  'hour=12/logs.json.gz copied to logs/year=2023/month=04/day=20/hour=06/logs.json.gz',
  'quarantine/logs/ deleted',
  'segments/logs/ deleted',
  'ledger and object of 2023-04-20T13 deleted',
  'older ledger and object of 2023-04-20T13 put back',
  'all prefixes but raw/ deleted',
];
/** What is done to bytes, beyond one cut and one flip of each object: it is the same on every storage. */
const OF_BYTES = /(cut to 0 bytes|cut by 1 byte|a bit flipped) \((?!6)\d\)$/;

/** Where a campaign is: its storage, how many plays its short form has, and whether all that may happen to bytes is tried there. */
export interface Campaign {
  readonly place: string;
  readonly shortPlays: number;
  readonly allOfBytes: boolean;
}

/** Does to a lake what hands and disks do, has it mended as a user would, and holds what comes of it against the archive. */
export function describeLakeDamage(
  campaign: Campaign,
  openGround: (context: Mocha.Context) => Promise<Ground>,
): void {
  describe(`damage to a lake ${campaign.place}${FULL ? '' : ', in short (npm run test:lake is all of it)'}`, function () {
    this.timeout(FULL ? 3_600_000 : 120_000);
    let ground: Ground | undefined;
    before(async function () {
      ground = await openGround(this);
    });
    after(() => ground?.close());

    it('never goes unseen, never stays where the archive could mend it, and holds nothing else up', async () => {
      const lakes = {
        plain: await makeBaseLake({ parquet: false }),
        parquet: await makeBaseLake({ parquet: true }),
      };
      const oracle = new Oracle();
      const all = damagesTo(lakes.plain, lakes.parquet);
      const damages = all.filter(({ name }) => isWanted(name, campaign));
      const startedMs = performance.now();
      const verdicts: Verdict[] = [];
      const give = async (damage: Damage): Promise<void> => {
        const verdict = await play(ground!, damage.parquet ? lakes.parquet : lakes.plain, oracle, damage);
        verdicts.push(verdict);
        if (FAULTS.includes(verdict.word)) console.log(faultText(verdict));
        if (FULL && verdicts.length % TELL_EVERY === 0)
          console.log(
            `      ${verdicts.length} of ${damages.length} plays, ${wrongOf(verdicts).length} wrong`,
          );
      };
      await pMap(damages, give, { concurrency: PLAYS_AT_ONCE });
      console.log(summary(verdicts, (performance.now() - startedMs) / 1000));
      assert.deepEqual(
        wrongOf(verdicts).map(({ damage, word }) => `${damage.name}: ${word}`),
        [],
      );
    });
  });
}

function isWanted(name: string, { shortPlays, allOfBytes }: Campaign): boolean {
  if (ONLY !== '') return name.includes(ONLY);
  if (FULL) return allOfBytes || !OF_BYTES.test(name);
  return SHORT.slice(0, shortPlays).some((part) => name.includes(part));
}

const wrongOf = (verdicts: readonly Verdict[]): Verdict[] =>
  verdicts.filter(({ word }) => FAULTS.includes(word));

const faultText = ({ damage, word, why }: Verdict): string =>
  [`      ${word}: ${damage.name}`, ...why.slice(0, 8).map((line) => `        ${line.slice(0, 400)}`)].join(
    '\n',
  );

/** Damages down, places across; in each field how many led to what. */
function summary(verdicts: readonly Verdict[], seconds: number): string {
  const words = Object.keys(WORDS) as Word[];
  const countsOf = (some: readonly Verdict[]): string =>
    words
      .map((word) => [some.filter((verdict) => verdict.word === word).length, word] as const)
      .filter(([count]) => count > 0)
      .map(([count, word]) => `${count} ${word}`)
      .join(', ');
  const field = (what: string, where: string): string =>
    countsOf(verdicts.filter(({ damage }) => damage.what === what && damage.where === where));
  const valuesOf = (of: (damage: Damage) => string): string[] => [
    ...new Set(verdicts.map(({ damage }) => of(damage))),
  ];
  const places = valuesOf(({ where }) => where);
  const row = (cells: readonly string[]): string => `      | ${cells.join(' | ')} |`;
  return [
    `      ${verdicts.length} plays in ${seconds.toFixed(0)} s: ${countsOf(verdicts)}`,
    row(['damage', ...places.map((place) => `\`${place}\``)]),
    row(['---', ...places.map(() => '---')]),
    ...valuesOf(({ what }) => what).map((what) => row([what, ...places.map((where) => field(what, where))])),
  ].join('\n');
}
