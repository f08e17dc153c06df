/** Settings of the environment, without a key: what a look at a source needs to know of where they come from. */
export const ORIGIN = {
  keys: { kind: 'none' },
  file: undefined,
  dataset: 'logs',
  lakeSetting: 'FERNLAKE_LAKE',
} as const;
