/**
 * The typed search attributes, so that `temporal workflow list --query 'FernlakeMissing > 0'` finds every hour with missing
 * ids. Exactly three of type INT: visibility on PostgreSQL or MySQL has three slots of it a namespace
 * (https://docs.temporal.io/search-attribute, custom search attribute limits).
 */
export const ATTRIBUTES = {
  /** On every run. */
  dataset: { name: 'FernlakeDataset', type: 'KEYWORD' },
  /** `2023-04-20T13`; only on `sealHour`. */
  hour: { name: 'FernlakeHour', type: 'KEYWORD' },
  /** `sealHour`: rows landed. `etl`: appearances carried. `reprocess`: answers carried. */
  records: { name: 'FernlakeRecords', type: 'INT' },
  /** `sealHour`: ids missing in the hour. `etl`: ids that the window moved past; at least so many, where ids are text. */
  missing: { name: 'FernlakeMissing', type: 'INT' },
  /** Revision of the hour's ledger; only on `sealHour`. */
  revision: { name: 'FernlakeRevision', type: 'INT' },
  /** `sealHour`: open, sealing, sealed. `etl`, `reprocess`: running, done. */
  state: { name: 'FernlakeState', type: 'KEYWORD' },
} as const;
