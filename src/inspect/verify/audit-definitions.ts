import { isDefinitionHash } from '../../dataset/definition.js';
import { readDefinition } from '../../lake/definitions.js';
import { definitionKey, definitionPrefix } from '../../lake/keys.js';
import type { Ledger } from '../../lake/ledger.js';
import type { Storage } from '../../storage/port.js';
import { plural } from '../../figures.js';
import type { Finding } from './findings.js';

const MEND =
  'npx fernlake reprocess puts it back where the dataset is declared as it was then; else restore it from a copy';

/** What the rows mean: each definition that a ledger names is there, and each that is there is what its name says. */
export async function definitionFindings(
  storage: Storage,
  dataset: string,
  ledgers: readonly Ledger[],
): Promise<Finding[]> {
  const findings: Finding[] = [];
  const naming = new Map<string, number>();
  for (const { definition } of ledgers) naming.set(definition, (naming.get(definition) ?? 0) + 1);
  const prefix = definitionPrefix(dataset);
  const hashes = new Set(naming.keys());
  for await (const key of storage.keys(prefix)) {
    const hash = key.slice(prefix.length, -'.json'.length);
    if (isDefinitionHash(hash) && key === definitionKey(dataset, hash)) hashes.add(hash);
    else findings.push({ where: key, what: 'does not belong among the definitions' });
  }
  for (const hash of hashes) {
    const found = await readDefinition(storage, dataset, hash);
    if (found.kind === 'read') continue;
    const what = found.kind === 'gone' ? 'is gone' : `is damaged: ${found.why}`;
    const named = naming.get(hash) ?? 0;
    const rest =
      named === 0
        ? 'no ledger names it: take it away'
        : `${plural(named, 'ledger')} ${named === 1 ? 'names' : 'name'} it. ${MEND}`;
    findings.push({ where: found.key, what: `${what}; ${rest}` });
  }
  return findings;
}
