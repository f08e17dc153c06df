/** What the worker bundles. */
export { carryPiece } from './carry-piece.js';
export { etl } from './etl.js';
export { reprocess } from './reprocess.js';
export { sealHour } from './seal-hour.js';
export { sealPiece } from './seal-piece.js';
