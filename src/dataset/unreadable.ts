import type { QuarantineReason } from './reason.js';

/** What stands in an answer in place of an element that is no JSON, or of all of them. */
export class UnreadableElement {
  /**
   * `detail`: in words, never content. `text`: the element as it came, for its quarantine entry; null where the archive alone
   * keeps it, since it is a whole answer.
   */
  constructor(
    readonly reason: Extract<QuarantineReason, 'malformed-envelope' | 'unreadable-answer'>,
    readonly detail: string,
    readonly text: string | null,
  ) {}

  toJSON(): string | null {
    return this.text;
  }
}
