import { createHttpSource } from '../../src/activities/fetch/http.js';
import type { SourceRequest } from '../../src/config/source.js';
import { answerFormOf } from '../../src/dataset/envelope.js';
import { LOG_API } from '../../src/dataset/presets.js';

/** Asks a source whose answers are those of the diary's API. */
export const diarySource = (
  request: SourceRequest,
  bodyBytesMax?: number,
): ReturnType<typeof createHttpSource> => createHttpSource(request, answerFormOf(LOG_API), bodyBytesMax);
