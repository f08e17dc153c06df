import { AnswerIdReader, type AnswerIds } from '../compact/answer-ids.js';
import { rawKey, rawPrefix } from '../../lake/keys.js';
import type { ReadingDeps } from '../deps.js';
import { valueOf } from '../../lake/outcome.js';
import { readRaw } from '../../lake/answers.js';
import { yieldToEventLoop } from '../../lake/event-loop.js';
import pMap from 'p-map';
import { rawNameAt } from '../../lake/names.js';
import { namesBefore, namesUnder } from '../../lake/names-before.js';
import { currentPulse } from '../pulse.js';

const READS_AT_ONCE = 8;

/** The archive around some answers: who stands next to whom, and which ids they show. Each is read once. */
export class NearArchive {
  readonly #read = new Map<string, AnswerIds | undefined>();
  /** Names in the folder of an hour, ascending. */
  readonly #folders = new Map<string, Promise<readonly string[]>>();
  #reader: Promise<AnswerIdReader> | undefined;

  constructor(
    private readonly deps: ReadingDeps,
    private readonly dataset: string,
  ) {}

  /** What these answers show, in the same order; undefined for one that is gone or damaged. */
  async read(names: readonly string[]): Promise<(AnswerIds | undefined)[]> {
    const { storage, keyRing, form } = this.deps;
    const pulse = currentPulse();
    const unread = names.filter((name) => !this.#read.has(name));
    this.#reader ??= keyRing().then((ring) => new AnswerIdReader(ring, form));
    const reader = await this.#reader;
    await pMap(
      unread,
      async (name) => {
        const body = valueOf(await readRaw(storage, this.dataset, name));
        this.#read.set(name, body && reader.read(name, body));
        pulse.beat();
        await yieldToEventLoop();
      },
      { concurrency: READS_AT_ONCE },
    );
    return names.map((name) => this.#read.get(name));
  }

  /** Up to `count` names before this one, the nearest first. */
  async before(name: string, count: number): Promise<readonly string[]> {
    const { storage } = this.deps;
    const namesIn = (prefix: string): Promise<readonly string[]> => this.#folder(prefix);
    return await namesBefore({ storage, dataset: this.dataset, namesIn }, name, count);
  }

  /** Up to `count` names behind this one, the nearest first. */
  async after(name: string, count: number): Promise<readonly string[]> {
    const found: string[] = [];
    const startAfter = rawKey(this.dataset, name);
    for await (const key of this.deps.storage.keys(rawPrefix(this.dataset), { startAfter })) {
      const other = rawNameAt(this.dataset, key);
      if (other !== undefined) found.push(other);
      if (found.length === count) break;
    }
    return found;
  }

  #folder(prefix: string): Promise<readonly string[]> {
    const known = this.#folders.get(prefix);
    if (known) return known;
    const listed = namesUnder({ storage: this.deps.storage, dataset: this.dataset }, prefix);
    this.#folders.set(prefix, listed);
    return listed;
  }
}
