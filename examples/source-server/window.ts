import { draw } from './random.js';
import type { GeneratedRecord } from './record.js';
import type { Series } from './series.js';
import type { Dress, Element } from './shape.js';
import type { Mint } from './token.js';

/** What the API serves for each record. */
export interface Envelope {
  readonly recordId: number;
  /** Event time in seconds since 1970, with a fraction. */
  readonly ArrivalTimeStamp: number;
  readonly data: string;
}

/** Records that come with time, of which the newest are shown. */
export interface Feed {
  newestIndex(elapsedMs: number): number;
  idOf(index: number): number;
  /** Records number `from` to `to`, both included, with tokens of this moment; `Envelope`s unless they are shaped otherwise. */
  elements(from: number, to: number, nowMs: number): readonly (Element | Envelope)[];
}

/** As the diary's API has them. */
export const diaryDress =
  (mint: Mint): ((generated: GeneratedRecord, index: number, nowMs: number) => Envelope) =>
  ({ record, plaintext, eventMs }, _index, nowMs) => ({
    recordId: record.record_id,
    ArrivalTimeStamp: eventMs / 1000,
    data: mint(plaintext, nowMs),
  });

export function generatedFeed(
  series: Series,
  dress: Dress | ReturnType<typeof diaryDress>,
  shuffle: boolean,
): Feed {
  const elements = (from: number, to: number, nowMs: number): (Element | Envelope)[] => {
    const all: (Element | Envelope)[] = [];
    for (let index = from; index <= to; index++) {
      const generated = series.recordAt(index);
      all.push(dress(generated, index, nowMs));
      if (series.isDoubled(index)) all.push(dress(generated, index, nowMs));
      const conflict = series.conflictAt(index);
      if (conflict !== undefined) all.push(dress(conflict, index, nowMs));
    }
    return shuffle ? shuffled(all, series.options.seed, to) : all;
  };
  return {
    newestIndex: (elapsedMs) => series.newestIndex(elapsedMs),
    idOf: (index) => series.idOf(index),
    elements,
  };
}

export interface CaptureOptions {
  readonly rate: number;
  readonly history: number;
}

/** A recorded capture: its envelopes as they are, one after the other at an even rate, and then no more. */
export function captureFeed(capture: readonly Envelope[], { rate, history }: CaptureOptions): Feed {
  const last = capture.length - 1;
  return {
    newestIndex: (elapsedMs) => Math.min(history - 1 + Math.floor((elapsedMs * rate) / 1000), last),
    idOf: (index) => capture[index]?.recordId ?? Number.NaN,
    elements: (from, to) => capture.slice(from, to + 1),
  };
}

/** Fisher and Yates, from the seed. */
function shuffled<T>(items: T[], seed: number, turn: number): T[] {
  const deck = [...items];
  for (let i = deck.length - 1; i > 0; i--) {
    const j = Math.floor(draw(seed, 'shuffle', turn * 1000 + i) * (i + 1));
    [deck[i], deck[j]] = [deck[j] as T, deck[i] as T];
  }
  return deck;
}
