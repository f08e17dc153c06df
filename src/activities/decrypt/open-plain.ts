import { Buffer } from 'node:buffer';
import type { AnswerForm } from '../../dataset/envelope.js';
import { NO_KEY } from '../../dataset/fernet-keys.js';
import { readPlaced, recordPlaces } from '../fetch/answer-reader.js';
import { eachEnvelope } from './each-envelope.js';
import type { OpenedAnswer, TakePlain } from './opened.js';

/**
 * Hands on the records of an answer that are not encrypted: a text as it is, an object by its very bytes in the answer, so that key order
 * and the spelling of numbers stay as the source has them.
 */
export function openPlain(form: AnswerForm, body: Buffer, take: TakePlain): OpenedAnswer {
  const { reading, text } = readPlaced(body, form);
  let places: ReturnType<typeof recordPlaces> | undefined;
  return eachEnvelope(reading.elements, form, (index, id, record) => {
    if (record !== null) {
      const bytes = Buffer.from(record);
      return take(bytes, 0, bytes.length, index, id, NO_KEY);
    }
    places ??= recordPlaces(text, form);
    const place = places[index];
    // Cannot happen, as JSON.parse has read the element; losing it in silence would be worse than an error.
    if (place === undefined) throw new Error('an element of an answer is not where it was read');
    take(text, place[0], place[1], index, id, NO_KEY);
  });
}
