import { createReadStream, existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { createGunzip } from 'node:zlib';
import type { SampleRecord } from '../../examples/source-server/index.js';
import { canonicalOf } from '../data/record.js';
import { type Content, ContentHash } from './content-hash.js';

/** Files below a folder whose names end so, by path. */
export function filesUnder(dir: string, ending: string): string[] {
  if (!existsSync(dir)) return [];
  return readdirSync(dir, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith(ending))
    .sort()
    .map((name) => path.join(dir, name));
}

/** What lies in a table of compact rows, read without any of fernlake's own code: rows and content, whatever their order. */
export async function landedContent(tableDir: string): Promise<Content> {
  const hash = new ContentHash();
  for (const file of filesUnder(tableDir, '.json.gz')) {
    const lines = createInterface({
      input: createReadStream(file).pipe(createGunzip()),
      crlfDelay: Infinity,
    });
    for await (const line of lines) hash.add(canonicalOf(expanded(JSON.parse(line) as SampleRecord)));
  }
  return hash.content();
}

/** docs/ARCHITECTURE.md's compact form, taken back. */
function expanded(row: SampleRecord): SampleRecord {
  const t = row.inDate;
  if (row.url !== '1' || row.method !== '2') throw new Error('a row that no bench has minted');
  return {
    ...row,
    user_id: Buffer.from(row.user_id, 'base64url').toString('hex'),
    url: '/api/products/product/',
    method: 'POST',
    inDate: `20${t.slice(0, 2)}-${t.slice(2, 4)}-${t.slice(4, 6)}T${t.slice(6, 8)}:${t.slice(8, 10)}:${t.slice(10, 12)}.${t.slice(12)}Z`,
  };
}
