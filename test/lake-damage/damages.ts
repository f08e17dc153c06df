import { LAKE_KEY } from '../../src/lake/identity.js';
import {
  definitionKey,
  ledgerKey,
  parquetKey,
  rawKey,
  rawNameOf,
  placesOf,
  tableKey,
} from '../../src/lake/keys.js';
import { addHours, hourOfPartition } from '../../src/dataset/hour.js';
import { DATASET, HOUR_12, HOUR_13, HOUR_14 } from '../activities/bench.js';
import type { BaseLake } from './base-lake.js';

/** One thing that a hand, or a disk, does to a lake. */
export interface Damage {
  readonly what: string;
  /** Where: the first part of a key. */
  readonly where: string;
  /** The one of its kind, for a message. */
  readonly name: string;
  /** On a lake with Parquet files. */
  readonly parquet: boolean;
  readonly change: (objects: Map<string, Buffer>, base: BaseLake) => void;
}

type Alter = (bytes: Buffer) => Buffer;

/** Of an object's length. */
const FLIPS_AT = [0, 0.2, 0.5, 0.8, 1];
const CUTS: readonly (readonly [string, Alter])[] = [
  ['cut to 0 bytes', () => Buffer.alloc(0)],
  ['cut to half', (bytes) => bytes.subarray(0, bytes.length >> 1)],
  ['cut by 1 byte', (bytes) => bytes.subarray(0, -1)],
  ...FLIPS_AT.map((part) => ['a bit flipped', flippedAt(part)] as const),
  // Behind the name and in front of the data, and in the sizes at the end.
  ['a bit flipped', flippedAt(0, 9)],
  ['a bit flipped', flippedAt(1, -6)],
];

function flippedAt(part: number, offset = 0): Alter {
  return (bytes) => {
    const flipped = Buffer.from(bytes);
    const at = Math.floor((bytes.length - 1) * part) + offset;
    flipped[at]! ^= 1 << (at & 7 & 5);
    return flipped;
  };
}

/** What a hand leaves that copies, unpacks, looks at, or mixes up. */
const FOREIGN = [
  '.DS_Store',
  'notes.txt',
  'year=2023/month=04/day=20/hour=13/part-0.json.gz',
  'hour=99.json',
];

export const placeOf = (key: string): string => (key === LAKE_KEY ? key : key.slice(0, key.indexOf('/') + 1));
const ofDataset = `${DATASET}/`;

/** All damages to the objects of the lake, in a fixed order. */
export function damagesTo(base: BaseLake, parquetLake: BaseLake): Damage[] {
  return [
    ...[...base.objects.keys()].flatMap((key) => damagesToObject(base, key, false)),
    ...[...parquetLake.objects.keys()]
      .filter((key) => key.startsWith('parquet/'))
      .flatMap((key) => damagesToObject(parquetLake, key, true)),
    ...placesOf(DATASET).flatMap((place) => damagesToPlace(place)),
    ...damagesToPairs(base),
  ];
}

function damagesToObject({ objects, earlier }: BaseLake, key: string, parquet: boolean): Damage[] {
  const damage = (what: string, name: string, change: Damage['change']): Damage => ({
    ...{ what, where: placeOf(key), name: `${key} ${name}`, parquet, change },
  });
  const before = earlier.get(key);
  const alter = ([what, by]: (typeof CUTS)[number], n: number): Damage =>
    damage(what, `${what} (${n})`, (lake) => lake.set(key, by(lake.get(key)!)));
  return [
    damage('deleted', 'deleted', (lake) => lake.delete(key)),
    ...CUTS.map(alter),
    damage('a copy beside it', 'copied beside', (lake) =>
      lake.set(key.replace(/(\.json(\.gz)?|\.parquet|)$/, ' (1)$1'), lake.get(key)!),
    ),
    ...otherNames(key).map((other) =>
      damage('a copy under a valid name', `copied to ${other}`, (lake) => lake.set(other, lake.get(key)!)),
    ),
    ...(before && !before.equals(objects.get(key)!)
      ? [damage('an older copy put back', 'put back', (lake) => lake.set(key, before))]
      : []),
  ];
}

/** Keys that fernlake would give to another object of the same kind: of one that is there, and of none. */
function otherNames(key: string): string[] {
  const hour = hourOfPartition(key);
  const keyOf = { 'logs/': tableKey, 'ledger/': ledgerKey, 'parquet/': parquetKey }[placeOf(key)];
  if (keyOf && hour) return [addHours(hour, 1), addHours(hour, -6)].map((other) => keyOf(DATASET, other));
  if (key.startsWith('raw/')) {
    const name = rawNameOf(key);
    const later = (hours: number, hash: string): string =>
      rawKey(
        DATASET,
        `${name.slice(0, 9)}${String(Number(name.slice(9, 11)) + hours).padStart(2, '0')}${name.slice(11, 20)}${hash}`,
      );
    const hash = name.slice(20);
    return [later(0, '-0123456789ab'), later(-1, hash), later(1, hash), later(5, hash)];
  }
  if (key.startsWith('quarantine/')) return [key.replace(/T(\d\d)\d\d/, 'T$100')];
  if (key.startsWith('definition/')) return [definitionKey(DATASET, '0123456789ab')];
  if (key.startsWith('segments/')) return [key.replace('T16/', 'T15/'), key.replace(/-(\d)\./, '-7$1.')];
  return [];
}

function damagesToPlace(place: string): Damage[] {
  const parquet = place.startsWith('parquet/');
  const where = placeOf(place);
  return [
    {
      ...{ what: 'the whole prefix deleted', where, name: `${place} deleted`, parquet },
      change: (lake) => removeUnder(lake, place),
    },
    ...FOREIGN.map((name) => ({
      ...{ what: 'a foreign object', where, name: `${place}${name} put there`, parquet },
      change: (lake: Map<string, Buffer>) => lake.set(`${place}${name}`, Buffer.from('foreign')),
    })),
  ];
}

function removeUnder(lake: Map<string, Buffer>, prefix: string): void {
  for (const key of [...lake.keys()]) if (key.startsWith(prefix)) lake.delete(key);
}

/** What takes two or more objects at once. */
function damagesToPairs({ earlier }: BaseLake): Damage[] {
  const several = (what: string, name: string, change: Damage['change']): Damage => ({
    ...{ what, where: 'several', name, parquet: false, change },
  });
  const hours = [HOUR_12, HOUR_13, HOUR_14, addHours(HOUR_14, 1)];
  const pairOf = (hour: (typeof hours)[number]): string[] => [
    ledgerKey(DATASET, hour),
    tableKey(DATASET, hour),
  ];
  const remove = (keys: readonly string[]) => (lake: Map<string, Buffer>) =>
    keys.forEach((key) => lake.delete(key));
  const putBack =
    (keys: readonly string[]): Damage['change'] =>
    (lake, base) =>
      keys.forEach((key) =>
        base.earlier.has(key) ? lake.set(key, base.earlier.get(key)!) : lake.delete(key),
      );
  const before = [...earlier.keys()].filter((key) => !key.startsWith('raw/') && key !== LAKE_KEY);
  const all = 'ledger and object';
  return [
    ...hours.map((hour) =>
      several(`${all} of an hour deleted`, `${all} of ${hour} deleted`, remove(pairOf(hour))),
    ),
    ...hours
      .slice(1)
      .map((hour) =>
        several(
          `${all} of two hours deleted`,
          `${all} of ${hour} and the one before deleted`,
          remove([hour, addHours(hour, -1)].flatMap(pairOf)),
        ),
      ),
    ...hours.map((hour) =>
      several(`${all} of an hour put back`, `older ${all} of ${hour} put back`, putBack(pairOf(hour))),
    ),
    several('everything but raw/ put back', 'everything but raw/ put back', (lake, base) => {
      for (const key of [...lake.keys()]) if (!key.startsWith('raw/')) lake.delete(key);
      for (const key of [LAKE_KEY, ...before]) lake.set(key, base.earlier.get(key)!);
    }),
    several('all prefixes but raw/ deleted', 'all prefixes but raw/ deleted', (lake) => {
      for (const key of [...lake.keys()]) if (!key.startsWith('raw/') && key !== LAKE_KEY) lake.delete(key);
    }),
    ...[
      ['ledger/', ofDataset],
      ['segments/', 'ledger/'],
      ['quarantine/', 'ledger/'],
      ['quarantine/', 'segments/'],
    ].map((prefixes) =>
      several('two prefixes deleted', `${prefixes.join(' and ')} deleted`, (lake) =>
        prefixes.forEach((prefix) => removeUnder(lake, prefix)),
      ),
    ),
  ];
}
