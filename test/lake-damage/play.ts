import { LOG_FORM } from '../support/forms.js';
import { auditLake } from '../../src/inspect/verify/audit-lake.js';
import type { Finding } from '../../src/inspect/verify/findings.js';
import type { Hour } from '../../src/dataset/hour.js';
import { LAKE_KEY } from '../../src/lake/identity.js';
import { rawNameOf } from '../../src/lake/keys.js';
import { writeParquet } from '../../src/tables/parquet/write.js';
import type { Storage } from '../../src/storage/port.js';
import { Bench, DATASET } from '../activities/bench.js';
import { type BaseLake, NEXT_HOUR, type Objects } from './base-lake.js';
import { ByHand, type Failed } from './by-hand.js';
import type { Damage } from './damages.js';
import { differences, type Oracle, readableRaws, shortfalls, type Truth, truthOf } from './truth.js';

/** What a damage has led to; the last three must not be. */
export const WORDS = {
  'no harm': 'nothing was wrong at any time',
  'healed by the seal': 'all is right once the next hour is sealed',
  'healed by reprocess': 'verify told of it; all is right after fernlake reprocess',
  'stray named': 'all rows and counts are right; verify names what is too much for as long as it lies there',
  'loss named': 'what no archive holds any more is gone; verify names it, and all the rest is right',
  SILENT: 'something is wrong and verify finds nothing',
  STUCK: 'something is wrong that the archive could mend, and reprocess does not',
  'HELD UP': 'something failed that has nothing to do with the damage',
} as const;
export type Word = keyof typeof WORDS;
export const FAULTS: readonly Word[] = ['SILENT', 'STUCK', 'HELD UP'];

export interface Verdict {
  readonly damage: Damage;
  readonly word: Word;
  readonly why: readonly string[];
}

/** Where the lakes of the plays are. */
export interface Ground {
  /** A lake with these objects, and nothing else. */
  open(objects: Objects): Promise<{ readonly storage: Storage; readonly remove: () => Promise<void> }>;
  close(): Promise<void>;
}

interface Look {
  readonly stage: string;
  readonly wrong: readonly string[];
  readonly findings: readonly Finding[];
}

/** The damage; then `verify`, the next hour's seal, `verify`, a reprocessing of everything, and `verify`. */
export async function play(ground: Ground, base: BaseLake, oracle: Oracle, damage: Damage): Promise<Verdict> {
  const objects = new Map(base.objects);
  damage.change(objects, base);
  const { storage, remove } = await ground.open(objects);
  const bench = await Bench.openOver(
    storage,
    damage.parquet ? { parquet: (lines) => writeParquet(lines, LOG_FORM) } : {},
  );
  try {
    const hands = new ByHand(bench);
    const whole = await oracle.of(base.objects, rawsIn(base));
    const readable = await readableRaws(storage);
    const right = await oracle.of(objects, readable);
    const lost = [
      ...rawsIn(base).filter((name) => !readable.includes(name) && isNamed(whole, name)),
      ...(objects.get(LAKE_KEY)?.equals(base.objects.get(LAKE_KEY)!) ? [] : [LAKE_KEY]),
    ];
    const look = async (stage: string, but?: Hour): Promise<Look> => {
      const actual = await truthOf(storage);
      const different = differences(right, actual, but);
      const wrong =
        lost.length > 0 && different.length > 0 ? shortfalls(right, whole, actual, but) : different;
      const ring = await bench.deps.keyRing();
      const { form } = bench.deps;
      const { findings } = await auditLake({ storage, dataset: DATASET, ring, form });
      return { stage, wrong, findings };
    };
    const looks = [await look('at once', NEXT_HOUR)];
    await hands.seal([NEXT_HOUR]);
    looks.push(await look('after the next seal'));
    await hands.reprocess();
    looks.push(await look('after reprocess'));
    return { damage, ...judge({ looks, lost, right, failed: hands.failed }) };
  } finally {
    await bench.close();
    await remove();
  }
}

interface Course {
  readonly looks: readonly Look[];
  /** Names of answers, and `lake.json`, that nothing gives back. */
  readonly lost: readonly string[];
  readonly right: Truth;
  readonly failed: readonly Failed[];
}

function judge({ looks, lost, right, failed }: Course): Pick<Verdict, 'word' | 'why'> {
  // An hour whose answers are lost cannot be computed again, and neither can one that never was.
  const odd = failed.filter(
    ({ hour, code }) => !hour || code !== 'LakeCorrupt' || (lost.length === 0 && right.hours.has(hour)),
  );
  if (odd.length > 0)
    return { word: 'HELD UP', why: odd.map(({ hour, code, why }) => `${hour} ${code}: ${why}`) };
  const silent = looks.find(({ wrong, findings }) => wrong.length > 0 && findings.length === 0);
  if (silent) return { word: 'SILENT', why: [silent.stage, ...silent.wrong] };
  const [first, second, last] = looks as [Look, Look, Look];
  const told = last.findings.map(({ where, what }) => `verify: ${where} ${what}`);
  if (last.wrong.length > 0) return { word: 'STUCK', why: [...last.wrong, ...told] };
  if (told.length > 0 && lost.length > 0) {
    const unnamed = lost.filter((name) => !told.some((line) => line.includes(name)));
    return unnamed.length > 0 ? { word: 'SILENT', why: unnamed } : { word: 'loss named', why: told };
  }
  if (told.length > 0) return { word: 'stray named', why: told };
  const isFine = ({ wrong, findings }: Look): boolean => wrong.length + findings.length === 0;
  if (isFine(first) && isFine(second)) return { word: 'no harm', why: [] };
  return { word: isFine(second) ? 'healed by the seal' : 'healed by reprocess', why: [] };
}

/** Whether the lake would miss the answer: one without records leaves no trace. */
const isNamed = ({ hours, quarantine }: Truth, name: string): boolean =>
  quarantine.has(name) || [...hours.values()].some(({ facts }) => facts.includes(name));

const rawsIn = ({ objects }: BaseLake): string[] =>
  [...objects.keys()].filter((key) => key.startsWith('raw/')).map(rawNameOf);
