/** The sample API as a library. `fernlake source` starts it from the command line. */
export { createSourceServer, type ServedRecord, type SourceServer } from './server.js';
export type { AnswerNote, RequestContext, SourceServerOptions } from './options.js';
export { createSeries, generatedRecord, type Series } from './series.js';
export { defaultStartMs, seriesOptions, type SeriesOptions } from './series-options.js';
export type { IdJump, Lateness, RateStep } from './series-options.js';
export type { GeneratedRecord, SampleRecord } from './record.js';
export { MISBEHAVIOURS, isMisbehaviour } from './misbehaviour.js';
export type { Behaviour, Misbehaviour, Outage, Shares } from './misbehaviour.js';
export type { RawAnswer } from './respond.js';
export { createMint, DEMO_KEY, mintBytes, type Mint } from './token.js';
export { pythonRepr, type PythonValue } from './python-repr.js';
export { PAYLOAD_KINDS, type PayloadKind, type Shape, type ShapedRecord } from './shape.js';
export { ID_KINDS, type IdKind } from './text-ids.js';
export { TIME_KINDS, type TimeKind } from './times.js';
export type { RequiredAuth } from './gate.js';
export type { Envelope } from './window.js';
