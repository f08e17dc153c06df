import { code, type Page, sentence, table } from './page.js';
import { functionDoc, membersOf } from './source-text.js';

const FILE = 'src/lake/ledger.ts';

export function ledgerPage(): Page {
  const rows = (name: string): string =>
    table(
      ['field', 'type', 'what it says'],
      membersOf(FILE, name).map((member) => [code(member.name), code(member.type), sentence(member.about)]),
    );
  return {
    file: 'ledger.md',
    title: 'The ledger',
    about: 'every field of an hour’s ledger',
    from: [FILE, 'src/dataset/reason.ts'],
    body: `One JSON object an hour, at \`ledger/<dataset>/year=…/month=…/day=…/hour=….json\`. Counts are of *appearances* in the archive
(a record appears about twice), and always \`seen = landed + duplicates + quarantined + erased\`.

${rows('Ledger')}

## \`ids\`

${rows('LedgerIds')}

An \`IdRange\` is \`[first, last]\`, both included.

## \`object\` and \`parquet\`

${rows('LedgerObject')}

## \`quarantined\`

Counts by [reason](failure-codes.md#quarantine-reasons). A record without a readable hour is in no ledger, but under \`quarantine/\`.

## \`complete\`

${sentence(functionDoc(FILE, 'completeness'))}`,
  };
}
