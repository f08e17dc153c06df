/** What the worker bundles. */
export { etl } from './etl.js';
export { reprocess } from './reprocess.js';
export { sealHour } from './seal-hour.js';
