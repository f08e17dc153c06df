import { ENVELOPE_LIES } from './lies/envelopes.js';
import { FOREIGN_LIES } from './lies/foreign.js';
import type { Lie } from './lies/lie.js';
import { PLAINTEXT_LIES } from './lies/plaintexts.js';
import { SIZE_LIES } from './lies/size.js';
import { TIME_LIES } from './lies/times.js';
import { TOKEN_LIES } from './lies/tokens.js';
import { TRANSPORT_LIES } from './lies/transport.js';

export { createStage, type Expectation, type Lie, type Stage, type StageOptions } from './lies/lie.js';
export { CANARY } from './lies/plaintexts.js';

/**
 * Every wrong answer that the campaign serves, by name, each with what must become of it. To serve one:
 * `createSourceServer({respond: ({key, nowMs}) => lie.answer(createStage({key, nowMs, firstId, eventMs}))})`.
 */
export const LIES: readonly Lie[] = [
  ...TRANSPORT_LIES,
  ...SIZE_LIES,
  ...ENVELOPE_LIES,
  ...TOKEN_LIES,
  ...PLAINTEXT_LIES,
  ...TIME_LIES,
  ...FOREIGN_LIES,
];
