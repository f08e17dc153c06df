import type { Command } from 'commander';
import { type Choice, readConfigs } from '../config/config.js';
import { type CopyCounts, copyLake } from '../lake/copy/copy-lake.js';
import { placesOf, wrong } from '../lake/copy/places.js';
import { openStorage } from '../storage/open.js';
import { exitWith } from './exit-code.js';
import { json, out, paint } from './output.js';
import { showProgress } from './progress.js';
import { bytes, count } from '../figures.js';

interface CopyOptions extends Choice {
  readonly only?: string;
  readonly dryRun?: true;
  readonly json?: true;
}

export function registerCopy(program: Command): void {
  program
    .command('copy')
    .description('make a lake, or a part of it, in another place: from a folder to S3, and back')
    .argument('<from>', 'file:///absolute/directory, a path, or s3://bucket[/prefix]')
    .argument('<to>', 'the same; made where it is a folder that is not there')
    .option('--only <prefix>', 'only keys that begin so, such as raw/logs/year=2023/')
    .option('--dry-run', 'compare, and write nothing')
    .option('--json', 'print the counts as JSON')
    .addHelpText(
      'after',
      '\nWhat is there with the same bytes is left alone, so a copy that was cut off goes on where it was. Nothing is' +
        '\nremoved from TO. staging/ is not copied. Exit code 0: TO holds what FROM holds. 1: not all of it.\n',
    )
    .action((from: string, to: string, options: CopyOptions) => copy(from, to, options));
}

async function copy(fromText: string, toText: string, options: CopyOptions): Promise<void> {
  const [{ s3PathStyle: forcePathStyle = false } = {}] = readConfigs({ sample: true, choice: options });
  const { from, to, only, isNew } = await placesOf(fromText, toText, options.only);
  const dryRun = options.dryRun ?? false;
  const progress = showProgress();
  try {
    const counts = await copyLake({
      from: await openStorage(from, { forcePathStyle, readOnly: true }),
      to: dryRun && isNew ? undefined : await openStorage(to, { forcePathStyle, readOnly: dryRun }),
      only,
      dryRun,
      onProgress: (group, { objects, copied, copiedBytes }) =>
        progress.tell(
          () => `${group} ${count(objects)} objects seen, ${count(copied)} copied (${bytes(copiedBytes)})`,
        ),
    });
    progress.end();
    if (counts.objects === 0) throw wrong(`there is nothing in ${from} that begins with "${only}"`);
    if (options.json) json({ from, to, only, dryRun, ...counts });
    else show(`${from} to ${to}`, dryRun, counts);
    if (counts.moved > 0) exitWith(1);
  } finally {
    progress.end();
  }
}

function show(what: string, dryRun: boolean, counts: CopyCounts): void {
  const line = (name: string, n: number, note: string): void => {
    if (n > 0) out(`  ${name.padEnd(12)} ${count(n).padStart(12)}  ${note}`);
  };
  out(`${paint('bold', dryRun ? 'fernlake copy --dry-run' : 'fernlake copy')} ${what}`);
  out(`  ${'objects'.padEnd(12)} ${count(counts.objects).padStart(12)}  ${bytes(counts.bytes)}`);
  line(
    dryRun ? 'to copy' : 'copied',
    counts.copied,
    bytes(counts.copiedBytes) + (dryRun ? '' : ', verified'),
  );
  line('there', counts.same, 'already, with the same bytes');
  line('only in TO', counts.extra, 'left as they are');
  line('gone', counts.gone, 'removed from FROM meanwhile');
  line('moved', counts.moved, 'hours sealed again meanwhile: copy again to have them');
  if (dryRun) out('  Nothing was written.');
  else if (counts.moved === 0) out(paint('green', '  TO holds what FROM holds.'));
}
