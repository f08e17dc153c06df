/** How a time is written. */
export const TIME_KINDS = ['iso8601', 'epoch_s', 'epoch_ms', 'rfc1123', 'python_logging'] as const;
export type TimeKind = (typeof TIME_KINDS)[number];

/** `epoch_s` and `rfc1123` know whole seconds alone. */
export function shownTime(kind: TimeKind, epochMs: number): string | number {
  const time = new Date(epochMs);
  switch (kind) {
    case 'iso8601':
      return time.toISOString();
    case 'epoch_s':
      return Math.floor(epochMs / 1000);
    case 'epoch_ms':
      return epochMs;
    case 'rfc1123':
      return time.toUTCString();
    case 'python_logging':
      return time.toISOString().replace('T', ' ').replace('.', ',').replace('Z', '');
  }
}
