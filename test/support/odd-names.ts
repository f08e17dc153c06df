/** Names of columns that no engine takes without quotes, or that mean something to one. */
export const ODD_NAMES = [
  'order',
  'GROUP',
  'user id',
  "it's",
  'the "one"',
  '@timestamp',
  'user-agent',
  'größe',
  '名前',
  '1st',
  '$a',
  '😀',
] as const;
