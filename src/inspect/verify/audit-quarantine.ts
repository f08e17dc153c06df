import { quarantineKey, quarantinePrefix } from '../../lake/keys.js';
import { eachQuarantined, QuarantineTally } from '../../lake/counts.js';
import { quarantinedNameAt } from '../../lake/names.js';
import type { Storage } from '../../storage/port.js';
import type { Finding } from './findings.js';

/**
 * Under quarantine/ lies what answers of the archive are refused for, and nothing else: all that lies there is counted. What an object
 * should hold is compared when its answer is read.
 */
export class QuarantineAudit {
  /** Raw names that have a quarantine object and have not come in the archive. */
  private readonly waiting = new Set<string>();
  readonly findings: Finding[] = [];

  constructor(
    private readonly storage: Storage,
    private readonly dataset: string,
  ) {}

  /** Before the archive is read: an answer is archived before it gets a quarantine object. */
  async list(): Promise<void> {
    for await (const key of this.storage.keys(quarantinePrefix(this.dataset))) {
      const name = quarantinedNameAt(this.dataset, key);
      if (name === undefined) this.findings.push({ where: key, what: 'does not belong into quarantine' });
      else this.waiting.add(name);
    }
  }

  isInArchive(name: string): void {
    this.waiting.delete(name);
  }

  /** The distinct records in quarantine; notes what belongs to no answer, and what cannot be read and is not `told` yet. */
  async count(told: readonly Finding[]): Promise<number> {
    const what = 'is of an answer that is not in the archive';
    for (const name of this.waiting) this.findings.push({ where: quarantineKey(this.dataset, name), what });
    const tally = new QuarantineTally();
    const { damaged } = await eachQuarantined(this.storage, this.dataset, (arrival, entry) =>
      tally.add(arrival, entry),
    );
    const known = new Set([...told, ...this.findings].map(({ where }) => where));
    for (const { key, why } of damaged)
      if (!known.has(key)) this.findings.push({ where: key, what: `is damaged: ${why}` });
    return tally.counts().quarantinedRecords;
  }
}
