import { isFernlakeError } from '../../errors.js';
import { addHours, type Hour, HOUR_MS, hourStartMs } from '../../dataset/hour.js';
import { valueOf } from '../../lake/outcome.js';
import { hoursBefore, openFrom, sealedFrom } from '../../lake/hours.js';
import { readLedger } from '../../lake/ledgers.js';
import { readSegments } from '../../lake/segments.js';
import type { Storage } from '../../storage/port.js';
import { currentPulse } from '../pulse.js';

/** Hours on either side of a place that are looked into. */
const BESIDE = 4;
/** An hour is sealed once; later ones only add to it. */
const LOOKS_MAX = 5;
/** A search begins with this hour's neighbours and goes on twice as far each time; 2^21 hours are 239 years. */
const DOUBLINGS_MAX = 21;

/**
 * Finds the hours of a lake around an id by a bisecting search over the ledgers, since ids nearly always go
 * up from hour to hour. In a lake of ten years that takes at most forty steps, each of two listings and four
 * ledgers. Each step takes the middle of four ledgers, so an hour with a single odd record does not mislead
 * it.
 */
export class HoursById {
  readonly #firsts = new Map<Hour, Promise<number | undefined>>();
  readonly #listed = new Map<Hour, Promise<readonly Hour[]>>();

  constructor(
    private readonly storage: Storage,
    private readonly dataset: string,
    /** The hour that is looked from; it is left out of the search. */
    private readonly hour: Hour,
  ) {}

  /** Sealed and open hours next to this one, and those around the ids, where these stand elsewhere. */
  async around(ids: readonly number[]): Promise<Hour[]> {
    const found = new Set<Hour>(await this.#beside(this.hour));
    for (const id of ids) {
      const place = await this.#placeOf(id);
      for (const hour of place === undefined ? [] : [place, ...(await this.#beside(place))]) found.add(hour);
    }
    found.delete(this.hour);
    return [...found].sort();
  }

  /** The last hour that begins at or below the id; undefined where that is next to this hour, or nowhere. */
  async #placeOf(id: number): Promise<Hour | undefined> {
    const before = await this.#middle(await this.#before(this.hour));
    if (before && before.first > id) return await this.#search(id, -1);
    const behind = await this.#middle(await this.#from(addHours(this.hour, 1)));
    if (behind && behind.first <= id) return await this.#search(id, 1);
    return undefined;
  }

  /** Doubles the step until it has passed the place, then bisects between the last two steps. */
  async #search(id: number, direction: 1 | -1): Promise<Hour | undefined> {
    let near: Hour = this.hour;
    for (let doubling = 0; doubling < DOUBLINGS_MAX; doubling += 1) {
      const far = addHours(this.hour, direction * 2 ** doubling);
      if ((await this.#isAtOrBelow(far, id)) === (direction === -1))
        return await this.#bisect(
          id,
          ...(direction === -1 ? ([far, near] as const) : ([near, far] as const)),
        );
      near = far;
    }
    return undefined;
  }

  /** `low` begins at or below the id, `high` does not. */
  async #bisect(id: number, low: Hour, high: Hour): Promise<Hour> {
    for (;;) {
      const count = hoursBetween(low, high);
      if (count <= 1) return low;
      const middle = addHours(low, count >> 1);
      if (await this.#isAtOrBelow(middle, id)) low = middle;
      else high = middle;
    }
  }

  /** Whether the hours from this one on begin at or below the id. */
  async #isAtOrBelow(hour: Hour, id: number): Promise<boolean> {
    currentPulse().beat();
    const middle = await this.#middle(await this.#from(hour));
    return middle !== undefined && middle.first <= id;
  }

  async #middle(hours: readonly Hour[]): Promise<{ first: number } | undefined> {
    const ids = await Promise.all(hours.map((hour) => this.#firstOf(hour)));
    const firsts = ids.filter((first) => first !== undefined).sort((a, b) => a - b);
    const first = firsts[firsts.length >> 1];
    return first === undefined ? undefined : { first };
  }

  /** The lowest id of an hour; undefined where none is known. */
  async #firstOf(hour: Hour): Promise<number | undefined> {
    const known = this.#firsts.get(hour);
    if (known) return await known;
    const read = firstIdOf(this.storage, this.dataset, hour);
    this.#firsts.set(hour, read);
    return await read;
  }

  /** The next hours, this one included. */
  #from(hour: Hour): Promise<readonly Hour[]> {
    const known = this.#listed.get(hour);
    if (known) return known;
    const listed = this.#listFrom(hour);
    this.#listed.set(hour, listed);
    return listed;
  }

  async #listFrom(from: Hour): Promise<readonly Hour[]> {
    const { storage, dataset } = this;
    const found = new Set<Hour>();
    for (const listing of [sealedFrom(storage, dataset, from), openFrom(storage, dataset, from)]) {
      let count = 0;
      for await (const hour of listing) {
        if (hour !== this.hour && !found.has(hour)) count += 1;
        found.add(hour);
        if (count === BESIDE) break;
      }
    }
    found.delete(this.hour);
    return [...found].sort().slice(0, BESIDE);
  }

  async #before(place: Hour): Promise<readonly Hour[]> {
    const { storage, dataset } = this;
    const sealed = await hoursBefore(place, BESIDE, (from) => sealedFrom(storage, dataset, from));
    const open = await hoursBefore(place, BESIDE, (from) => openFrom(storage, dataset, from));
    const both = new Set([...sealed, ...open]);
    both.delete(this.hour);
    return [...both].sort().slice(-BESIDE);
  }

  async #beside(place: Hour): Promise<Hour[]> {
    return [...(await this.#before(place)), ...(await this.#from(addHours(place, 1)))];
  }
}

async function firstIdOf(storage: Storage, dataset: string, hour: Hour): Promise<number | undefined> {
  for (let look = 1; ; look += 1) {
    const first = valueOf(await readLedger(storage, dataset, hour))?.ledger.ids.first;
    if (typeof first === 'number') return first;
    try {
      const { whole } = await readSegments(storage, dataset, hour);
      const lowest = Math.min(
        ...whole.map(({ firstId }) => (typeof firstId === 'number' ? firstId : Number.POSITIVE_INFINITY)),
      );
      return Number.isFinite(lowest) ? lowest : undefined;
    } catch (error) {
      // It was sealed meanwhile.
      if (!isFernlakeError(error, 'ObjectNotFound') || look === LOOKS_MAX) throw error;
    }
  }
}

const hoursBetween = (from: Hour, to: Hour): number => (hourStartMs(to) - hourStartMs(from)) / HOUR_MS;
