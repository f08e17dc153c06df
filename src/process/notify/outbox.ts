import { readFileSync } from 'node:fs';
import { messageOf } from '../../errors.js';
import { sha256Of } from '../../bytes/sha256.js';
import type { Notice, WatchMemory } from './notice.js';
import type { Receiver } from '../../config/file/settings.js';
import { writeStateFile } from '../../config/state-file.js';
import { send } from './receiver.js';

/** What a watch keeps between two looks, also over its own end: what it knows, and what nobody has taken yet. */
interface Kept {
  readonly memory: WatchMemory;
  /** By receiver (a hash of what it is: an address may be secret), the oldest first. */
  readonly waiting: Readonly<Record<string, readonly Notice[]>>;
}

/** A receiver that is gone for good must not fill a disk: of what it has not taken, the newest are kept. */
const WAITING_MAX = 1_000;

const keyOf = (receiver: Receiver): string => sha256Of(Buffer.from(JSON.stringify(receiver))).slice(0, 16);

/** Notices on their way. They are written down before they are sent, so that none is lost with the process, and few come twice. */
export class Outbox {
  #kept: Kept;

  constructor(
    private readonly file: string,
    private readonly receivers: readonly Receiver[],
  ) {
    this.#kept = readKept(file);
  }

  get memory(): WatchMemory {
    return this.#kept.memory;
  }

  /** How many have not been taken yet, by any of the receivers. */
  get waiting(): number {
    return this.receivers.reduce((sum, each) => sum + (this.#kept.waiting[keyOf(each)]?.length ?? 0), 0);
  }

  take(memory: WatchMemory, notices: readonly Notice[]): void {
    const waiting = Object.fromEntries(
      this.receivers.map((receiver) => {
        const key = keyOf(receiver);
        return [key, [...(this.#kept.waiting[key] ?? []), ...notices].slice(-WAITING_MAX)];
      }),
    );
    this.#keep({ memory, waiting });
  }

  /** Sends what waits, to each receiver in order; what one does not take stays, and holds up no other. Resolves to the reasons. */
  async deliver(): Promise<string[]> {
    const reasons = await Promise.all(this.receivers.map((receiver) => this.#deliverTo(receiver)));
    return reasons.filter((reason) => reason !== undefined);
  }

  async #deliverTo(receiver: Receiver): Promise<string | undefined> {
    const key = keyOf(receiver);
    for (;;) {
      const [next] = this.#kept.waiting[key] ?? [];
      if (next === undefined) return undefined;
      try {
        await send(receiver, next);
      } catch (error) {
        return messageOf(error);
      }
      const { memory, waiting } = this.#kept;
      this.#keep({ memory, waiting: { ...waiting, [key]: (waiting[key] ?? []).slice(1) } });
    }
  }

  #keep(kept: Kept): void {
    this.#kept = kept;
    writeStateFile(this.file, kept);
  }
}

/** Nothing where there is no such file, or none of ours: then what goes on is told again. */
function readKept(file: string): Kept {
  try {
    const { memory, waiting } = JSON.parse(readFileSync(file, 'utf8')) as Partial<Kept>;
    return { memory: memory ?? {}, waiting: waiting ?? {} };
  } catch {
    return { memory: {}, waiting: {} };
  }
}
