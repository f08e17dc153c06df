import type { LakePlace } from './place.js';
import type { Death } from './faults.js';
import type { Moment } from './points.js';

export interface Programme {
  /** Of each play: where a worker is killed, then the one that took over, and so on. */
  readonly kills: readonly (readonly Death[])[];
  /** The same, where what the first one held in memory is gone with it: what comes then comes in no undisturbed play. */
  readonly heldKills: readonly (readonly Death[])[];
  readonly stops: readonly Moment[];
  readonly refusals: readonly Moment[];
  /** Of a folder. */
  readonly fullDisks: readonly Moment[];
  /** The next write after it lands, and its answer is lost; of S3. */
  readonly lostAnswers: readonly Moment[];
  readonly serverKills: readonly Moment[];
  readonly races: readonly number[];
}

/**
 * One moment of each kind of fault, and of a kill one in each workflow, all in one play: behind a write of which nobody has heard yet. A
 * play takes some four seconds of processor time; what these leave out, every full campaign does.
 */
const SHORT = {
  kills: [
    'etl/fetch put raw after',
    'sealHour/upload put table after',
    'carryPiece/carry put segments after',
  ],
  heldKills: [
    [
      ['etl/compact start', 1],
      ['etl/partition put staging:bundle whole', 1],
    ],
  ],
  stops: ['sealHour/upload put table whole'],
  refusals: [],
  fullDisks: ['etl/upload put segments before'],
  lostAnswers: [],
  serverKills: ['sealHour/merge end'],
} as const;

/** In an S3 server: what differs from a folder, in how a write lands and what a condition is. `SlowDown` is s3-failures.test's. */
const SHORT_S3 = {
  kills: [],
  heldKills: [],
  stops: [],
  refusals: [],
  fullDisks: [],
  lostAnswers: ['sealHour/upload put table before'],
  serverKills: [],
} as const;

export function shortProgramme(kind: LakePlace['kind']): Programme {
  const short = kind === 'S3' ? SHORT_S3 : SHORT;
  return {
    ...short,
    kills: short.kills.length > 0 ? [short.kills.map((moment): Death => [moment, 1])] : [],
    races: [0],
  };
}

/** A batch that is computed again is staged step by step. */
const STAGED: readonly Moment[] = [
  ...[
    'decrypt put staging:decrypted',
    'compact put staging:compacted',
    'partition put staging:bundle',
    'gzip put staging:packed',
  ],
  'sweep delete staging:bundle',
].flatMap((what) => ['before', 'after'].map((when) => `etl/${what} ${when}`));

/** Everything that an undisturbed play passes through. */
export function fullProgramme(moments: ReadonlyMap<Moment, number>, kind: LakePlace['kind']): Programme {
  const all = [...moments];
  const named = (pattern: RegExp): Moment[] =>
    all.map(([moment]) => moment).filter((moment) => pattern.test(moment));
  return {
    kills: [
      ...all.map(([moment]) => [[moment, 1]] as const),
      // The last time that a seal does it, it writes a later revision, or finds that nothing has changed.
      ...all.filter(([moment, times]) => times > 1 && /^sealHour/.test(moment)).map((death) => [death]),
    ],
    heldKills: STAGED.map((moment) => [['etl/compact start', 1] as const, [moment, 1] as const]),
    stops: named(
      /put (raw|segments|quarantine|table|ledger) (before|whole|after)|put staging:(rows|draft) whole|^etl.(compact|partition|gzip|upload) (start|end)$|delete \S+ before/,
    ),
    refusals: named(/ start$|put (raw|segments|quarantine|table|ledger) before/),
    fullDisks: kind === 'folder' ? named(/put \S+ before/) : [],
    lostAnswers: kind === 'S3' ? named(/put \S+ before/) : [],
    serverKills: named(/ end$|put (raw|table|ledger) after/),
    races: [0, 5, 50],
  };
}
