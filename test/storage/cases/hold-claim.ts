/** A process that takes the claim of a key and keeps it until it is killed. */
import { claimKey } from '../../../src/storage/folder-claim.js';

const [, , scratch = '', key = ''] = process.argv;
await claimKey(scratch, key);
process.stdout.write('claimed\n');
setInterval(() => undefined, 60_000);
