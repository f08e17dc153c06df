import { upsertSearchAttributes } from '@temporalio/workflow';
import { ATTRIBUTES } from './attribute-keys.js';

export interface Attributes {
  readonly dataset?: string;
  readonly hour?: string;
  readonly records?: number;
  readonly missing?: number;
  readonly revision?: number;
  readonly state?: 'running' | 'done' | 'open' | 'sealing' | 'sealed';
}

/**
 * Sets search attributes, which show how a run stands. Each call is an event in the history, and a server
 * that does not know the attributes would fail the task: so `registered` comes from the settings that the run
 * was started with, and is the same at a replay.
 */
export function show(registered: boolean | undefined, values: Attributes): void {
  if (!registered) return;
  const { dataset, hour, records, missing, revision, state } = values;
  upsertSearchAttributes([
    ...(dataset === undefined ? [] : [{ key: ATTRIBUTES.dataset, value: dataset }]),
    ...(hour === undefined ? [] : [{ key: ATTRIBUTES.hour, value: hour }]),
    ...(records === undefined ? [] : [{ key: ATTRIBUTES.records, value: records }]),
    ...(missing === undefined ? [] : [{ key: ATTRIBUTES.missing, value: missing }]),
    ...(revision === undefined ? [] : [{ key: ATTRIBUTES.revision, value: revision }]),
    ...(state === undefined ? [] : [{ key: ATTRIBUTES.state, value: state }]),
  ]);
}
