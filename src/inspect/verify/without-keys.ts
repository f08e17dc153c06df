import { IdSet, countIds, subtractRanges } from '../../lake/id-ranges.js';
import { type KeyRing, NO_KEY } from '../../dataset/fernet-keys.js';
import type { Hour } from '../../dataset/hour.js';
import type { Ledger } from '../../lake/ledger.js';
import type { Refusal } from '../../dataset/reason.js';

/**
 * What an audit knows where keys are missing that opened records of the lake: by the key ids in its ledgers and segments. What
 * such a key opened cannot be opened again, which is no fault of the lake; ids are readable without a key.
 */
export class WithoutKeys {
  /** Key ids that the ring has not, ascending. Empty: everything can be judged. */
  readonly lacking: readonly string[];
  /** Appearances that stay shut for it. */
  shut = 0;
  readonly #hours = new Set<Hour>();
  readonly #shown = new IdSet();

  constructor(ring: KeyRing, ledgers: readonly Ledger[], openKeys: readonly string[]) {
    const held = new Set([...ring.keyIds, NO_KEY]);
    const used = [...ledgers.flatMap(({ keys }) => Object.keys(keys)), ...openKeys];
    this.lacking = [...new Set(used.filter((key) => !held.has(key)))].sort();
  }

  /** Hours that could not be computed again, ascending. */
  get hours(): Hour[] {
    return [...this.#hours].sort();
  }

  /** Whether the hour cannot be computed again: answers that its ledger names stay shut in part. */
  covers(hour: Hour): boolean {
    return this.#hours.has(hour);
  }

  see(ids: readonly (number | undefined)[]): void {
    if (this.lacking.length === 0) return;
    this.#shown.add(ids.filter((id) => id !== undefined));
  }

  /**
   * Counts tokens that no key at hand opens and that quarantine does not name: a missing key has opened them.
   * Returns what is left to judge. `hours`: those whose ledgers name the answer, none of which can be
   * computed again.
   */
  take(
    refusals: readonly Refusal[],
    isQuarantined: (index: number) => boolean,
    hours: readonly Hour[],
  ): readonly Refusal[] {
    if (this.lacking.length === 0) return refusals;
    const left = refusals.filter(({ reason, index }) => reason !== 'undecryptable' || isQuarantined(index));
    this.shut += refusals.length - left.length;
    if (left.length < refusals.length) for (const hour of hours) this.#hours.add(hour);
    return left;
  }

  /** What the ids that the archive shows say against the ledger. */
  idDifferences({ ids }: Ledger): string[] {
    const differences: string[] = [];
    const came = countIds(ids.missing) - countIds(subtractRanges(ids.missing, this.#shown.ranges()));
    if (came > 0) differences.push(`ids.missing: ${came} of them are in the archive`);
    if (ids.missingCount !== countIds(ids.missing))
      differences.push('ids.missingCount is not the count of ids.missing');
    return differences;
  }
}
