import assert from 'node:assert/strict';
import { readAnswer } from '../../../src/activities/fetch/answer-reader.js';
import { fileOf } from '../../../src/commands/init-file.js';
import { createKeyRing, noKeys } from '../../../src/dataset/fernet-keys.js';
import { formOf } from '../../../src/dataset/form.js';
import type { Declaration } from '../../../src/dataset/declaration.js';
import type { RefusedElement } from '../../../src/dataset/reason.js';
import { look } from '../../../src/inspect/doctor/sight.js';
import { guess } from '../../../src/inspect/guess/guess.js';
import { readWritten } from '../../config/file/written.js';

export interface Outcome {
  /** The file that init writes. */
  readonly text: string;
  readonly declaration: Declaration;
  readonly refusals: readonly RefusedElement[];
}

/** The file for an answer, read as every command reads it, and what becomes of the answer's records by it. */
export function written(answer: unknown, arrivalMs: number, key?: string): Outcome {
  const body = Buffer.from(JSON.stringify(answer));
  const ring = key === undefined ? noKeys() : createKeyRing([key]);
  const guessed = guess(body, ring, arrivalMs);
  assert(!('seen' in guessed), 'seen' in guessed ? guessed.seen : '');
  const text = fileOf(
    guessed,
    { url: 'https://api.example.com/v1/orders' },
    {
      name: 'orders',
      place: { lake: 'file:///srv/lake', isLakeSet: false },
      keys: { field: 'keys', variable: 'SHOP_KEYS', isSet: key !== undefined },
      hasCacheBuster: true,
      askedOn: new Date(arrivalMs),
    },
  );
  const { settings, faults } = readWritten({ text, env: key === undefined ? {} : { SHOP_KEYS: key } });
  assert.deepEqual(faults, [], text);
  const { declaration } = settings!.datasets[0]!;
  const form = formOf(declaration);
  const envelopes = readAnswer(body, form.answers).elements;
  const seen = look({ body, envelopes, status: 200, fetchedAtMs: arrivalMs, elapsedMs: 1 }, ring, form);
  assert.equal(seen.eventsMs.length + seen.refusals.length, envelopes.length);
  return { text, declaration, refusals: seen.refusals };
}
