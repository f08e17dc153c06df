/**
 * `live`: the source is asked until the slot ends, and the archive is carried.
 * `backfill`: an operator runs a past slot again; that slot's archive is carried, and the marks stay where they are.
 */
export type SlotKind = 'live' | 'backfill';

export interface Slot {
  readonly startMs: number;
  readonly endMs: number;
  readonly kind: SlotKind;
  /** `20230420T131500.000Z`: names the slot's segments. */
  readonly name: string;
}

/**
 * The slot of a run. `nominalMs` is the time for which the schedule started it (a trigger: the time of the request). Slots
 * end on the schedule's grid, so that a triggered run never outlasts the slot it falls into.
 *
 * A run that starts after its slot was over (the worker or the server was away) polls for the rest of the present slot: to
 * leave that to the next run would leave the source unwatched in between. Only a run without a memory, which is what a
 * backfill is, carries its past slot and nothing else.
 */
export function slotOf(nominalMs: number, nowMs: number, slotMs: number, hasMemory: boolean): Slot {
  const endOf = (ms: number): number => Math.floor(ms / slotMs) * slotMs + slotMs;
  const over = nowMs >= endOf(nominalMs);
  const backfill = over && !hasMemory;
  return {
    startMs: nominalMs,
    endMs: over && !backfill ? endOf(nowMs) : endOf(nominalMs),
    kind: backfill ? 'backfill' : 'live',
    name: new Date(nominalMs).toISOString().replaceAll('-', '').replaceAll(':', ''),
  };
}
