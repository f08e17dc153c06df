import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { Recheck } from '../../../src/activities/seal/recheck.js';
import { readLedgers } from '../../../src/inspect/verify/lake-state.js';
import { auditLake } from '../../../src/inspect/verify/audit-lake.js';
import { addHours, type Hour, hourStartMs } from '../../../src/dataset/hour.js';
import { countIds, rangesOf } from '../../../src/lake/id-ranges.js';
import { stagingPrefix } from '../../../src/lake/keys.js';
import { claimLake } from '../../../src/lake/stored-identity.js';
import { memoryStorage } from '../../support/memory-storage.js';
import { Bench, DATASET, envelope, HOUR_13, MINUTE, T13 } from '../bench.js';

const IDS = 24;
const HOURS = 4;
/** More than a seal looks at on either side of an answer. */
const EMPTY_ANSWERS = 34;
const YEARS_AGO = '2019-01-01T00' as Hour;

/** What became of an id: its hour is one of a few, most often in step with the id. */
interface Made {
  readonly fate: 'lands' | 'refused' | 'homeless' | 'lost';
  readonly hour: Hour;
}

interface Plan {
  readonly made: readonly Made[];
  /** Ids that each answer shows, in order of arrival. */
  readonly answers: readonly (readonly number[])[];
  /** By answer: whether the source had nothing to show for long before, so that it stands far from the others. */
  readonly isFar: readonly boolean[];
  /** What happens between two arrivals; numbers name answers and hours, modulo what there is. */
  readonly steps: readonly { readonly carry: readonly number[]; readonly seal: readonly number[] }[];
  readonly turns: readonly number[];
}

const made = (id: number): fc.Arbitrary<Made> => {
  const inStep = addHours(HOUR_13, Math.floor((id * HOURS) / IDS));
  return fc.record({
    fate: fc.constantFrom('lands', 'lands', 'lands', 'refused', 'homeless', 'lost', 'lost'),
    hour: fc.oneof(
      { weight: 8, arbitrary: fc.constant(inStep) },
      { weight: 2, arbitrary: fc.nat({ max: HOURS - 1 }).map((n) => addHours(HOUR_13, n)) },
      { weight: 1, arbitrary: fc.constant(YEARS_AGO) },
    ),
  });
};

/**
 * What has no hour is told of by the seal of the next higher record alone, and every source shows them together: an answer never
 * ends with it.
 */
const withNext = ({ answers, ...plan }: Plan): Plan => ({
  ...plan,
  answers: answers.map((answer) => {
    const shown = new Set(answer);
    for (const homeless of answer.filter((id) => plan.made[id]!.fate === 'homeless')) {
      for (let id = homeless; id < IDS; id += 1) {
        shown.add(id);
        if (['lands', 'refused'].includes(plan.made[id]!.fate)) break;
      }
    }
    return [...shown];
  }),
});

const plans: fc.Arbitrary<Plan> = fc
  .record({
    made: fc.tuple(...Array.from({ length: IDS }, (_, id) => made(id))),
    answers: fc.array(
      fc
        .tuple(fc.nat({ max: IDS - 1 }), fc.integer({ min: 1, max: 7 }), fc.nat({ max: 9 }))
        .map(([from, size, hole]) =>
          Array.from({ length: size }, (_, i) => from + i).filter((id) => id < IDS && id % 10 !== hole),
        ),
      { minLength: 2, maxLength: 9 },
    ),
    isFar: fc.array(
      fc.nat({ max: 3 }).map((n) => n === 0),
      { minLength: 9, maxLength: 9 },
    ),
    steps: fc.array(
      fc.record({
        carry: fc.array(fc.nat({ max: 9 }), { maxLength: 3 }),
        seal: fc.array(fc.nat({ max: 9 }), { maxLength: 3 }),
      }),
      { maxLength: 9 },
    ),
    turns: fc.array(fc.nat({ max: 3 }), { minLength: 1, maxLength: 30 }),
  })
  .map(withNext);

const elements = new Map<string, object>();
function elementOf(id: number, { fate, hour }: Made): object {
  const name = `${id} ${fate} ${hour}`;
  const known = elements.get(name);
  if (known) return known;
  const eventMs = hourStartMs(hour) + id * 1_000;
  const element =
    fate === 'homeless'
      ? { recordId: id, data: 'no token' }
      : envelope(id, eventMs, fate === 'refused' ? { activity: 5 } : {});
  elements.set(name, element);
  return element;
}

const AS_IT_IS = { now: false, told: [] };

/** A lake on which the plan is carried out, as the workflows do it: one seal of an hour at a time, others side by side. */
class Lake {
  readonly arrived: string[] = [];
  readonly #carried = new Set<string>();
  readonly #sealing = new Map<Hour, Promise<void>>();
  #slots = 0;
  #seals = 0;

  constructor(
    private readonly bench: Bench,
    private readonly plan: Plan,
  ) {}

  async run(): Promise<void> {
    const { answers, steps, made: fates, isFar } = this.plan;
    for (let at = 0; at < Math.max(answers.length, steps.length); at += 1) {
      const answer = answers[at];
      const { carry, seal } = steps[at] ?? { carry: [], seal: [] };
      const arrive = async (): Promise<void> => {
        if (!answer) return;
        const arrivalMs = T13 + 6 * 60 * MINUTE + at * MINUTE;
        for (let n = EMPTY_ANSWERS; isFar[at] && n > 0; n -= 1) await this.bench.archive(arrivalMs - n, []);
        const shown = answer.filter((id) => fates[id]!.fate !== 'lost');
        this.arrived.push(
          await this.bench.archive(
            arrivalMs,
            shown.map((id) => elementOf(id, fates[id]!)),
          ),
        );
      };
      await Promise.all([
        arrive().then(() => this.#carry(carry)),
        ...seal.map(async (n) => {
          const open = await this.#openHours();
          const hour = open[n % open.length];
          if (hour) await this.#seal(hour);
        }),
      ]);
    }
    await this.#carry([...this.arrived.keys()]);
    await Promise.all((await this.#openHours()).map((hour) => this.#seal(hour)));
  }

  async #carry(chosen: readonly number[]): Promise<void> {
    const raws = [...new Set(chosen.map((n) => this.arrived[n % this.arrived.length]))]
      .filter((name) => name !== undefined && !this.#carried.has(name))
      .sort() as string[];
    for (const raw of raws) this.#carried.add(raw);
    if (raws.length > 0) await this.bench.carry(raws, `slot-${(this.#slots += 1)}`);
  }

  async #openHours(): Promise<Hour[]> {
    const listing = { dataset: DATASET, processedThroughMs: null, processed: [], untilMs: null };
    return [...(await this.bench.activities.survey(listing)).hours];
  }

  /** After the seal of this hour that runs; and then of those that it wants looked at. */
  async #seal(hour: Hour, { now: rebuild, told }: Omit<Recheck, 'hour'> = AS_IT_IS): Promise<void> {
    const sealing = (this.#sealing.get(hour) ?? Promise.resolve()).then(async () => {
      const staging = stagingPrefix(DATASET, `seal-${hour}-${(this.#seals += 1)}`);
      const { settled } = await this.bench.sealIn(staging, hour, { rebuild, told, sealedAt: this.#now() });
      for (const key of await this.bench.keys(staging)) await this.bench.storage.delete([key]);
      return settled.recheck;
    });
    const over = sealing.then(() => undefined);
    this.#sealing.set(hour, over);
    await Promise.all((await sealing).map((other) => this.#seal(other.hour, other)));
  }

  #now(): string {
    return new Date(T13 + 6 * 60 * MINUTE + this.arrived.length * MINUTE).toISOString();
  }
}

/** By looking at each id alone. */
function expected({ made: fates, answers }: Plan): Map<Hour, number[]> {
  const came = new Set(answers.flat().filter((id) => fates[id]!.fate !== 'lost'));
  const placed = [...came].filter((id) => fates[id]!.fate !== 'homeless').sort((a, b) => a - b);
  const charges = new Map<Hour, number[]>(placed.map((id) => [fates[id]!.hour, []]));
  const lowestWhenItCame = new Set<number>();
  let lowestSoFar = IDS;
  for (const answer of answers) {
    const lowest = Math.min(...answer.filter((id) => placed.includes(id)));
    if (lowest < lowestSoFar) lowestWhenItCame.add((lowestSoFar = lowest));
  }
  for (let id = (placed[0] ?? IDS) + 1; id < (placed.at(-1) ?? 0); id += 1) {
    if (came.has(id)) continue;
    const next = placed.find((other) => other > id)!;
    const { hour } = fates[next]!;
    const isAnew =
      lowestWhenItCame.has(next) && placed.filter((o) => o < id).every((o) => fates[o]!.hour > hour);
    if (!isAnew) charges.get(hour)!.push(id);
  }
  return charges;
}

async function check(plan: Plan): Promise<number> {
  let turn = 0;
  const storage = memoryStorage(() => plan.turns[(turn += 1) % plan.turns.length]!);
  await claimLake(storage);
  const bench = await Bench.openOver(storage);
  try {
    await new Lake(bench, plan).run();
    const ledgers = await readLedgers(storage, DATASET, ({ where, what }) => assert.fail(`${where} ${what}`));
    const told = new Map(ledgers.map(({ hour, ids }) => [hour, ids.missing]));
    const wanted = expected(plan);
    assert.deepEqual(
      [...told].sort(),
      [...wanted].map(([hour, ids]) => [hour, rangesOf(ids)] as const).sort(),
    );
    const ring = await bench.deps.keyRing();
    const { form } = bench.deps;
    const report = await auditLake({ storage, dataset: DATASET, ring, form });
    assert.deepEqual(report.findings, []);
    const sum = [...told.values()].reduce((count, missing) => count + countIds(missing), 0);
    assert.equal(sum, [...wanted.values()].flat().length);
    return sum;
  } finally {
    await bench.close();
  }
}

describe('a missing id', function () {
  this.timeout(600_000);

  it('is charged to one hour, in whatever order answers arrive and are carried, and hours are sealed side by side', async () => {
    let missing = 0;
    const numRuns = Number(process.env['FERNLAKE_TEST_RUNS'] ?? 30);
    await fc.assert(
      fc.asyncProperty(plans, async (plan) => void (missing += await check(plan))),
      { numRuns, endOnFailure: process.env['FERNLAKE_TEST_RUNS'] !== undefined },
    );
    assert.ok(missing > numRuns, `${missing} missing`);
  });
});
