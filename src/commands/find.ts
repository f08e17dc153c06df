import type { Command } from 'commander';
import { type Choice, readConfig } from '../config/config.js';
import { idJson } from '../dataset/record-id.js';
import { FernlakeError } from '../errors.js';
import { count, plural } from '../figures.js';
import { findRecord, isAhead, parseId, type RecordStory } from '../inspect/find/find-record.js';
import { arrivalMs, rawNameOf } from '../lake/keys.js';
import { exitWith } from './exit-code.js';
import { formsToRead, openLake } from './lake.js';
import { json, out, outAsIs, paint } from './output.js';
import { showProgress } from './progress.js';

interface FindOptions extends Choice {
  readonly showValues?: true;
  readonly json?: true;
}

const NOT_THERE = 1;
/** Of the answers that showed a record, as many are named; JSON has all. */
const ANSWERS_SHOWN = 3;

export function registerFind(program: Command): void {
  program
    .command('find')
    .description('tell what became of one record: landed, waiting, quarantined, missing, or never seen')
    .argument('<id>', 'as the source names it')
    .option('--show-values', 'print the record, too')
    .option('--json', 'print it as JSON')
    .addHelpText(
      'after',
      '\nExit code 0 where the record landed or waits for its seal; 1 where it did not land.\n',
    )
    .action(async (text: string, options: FindOptions) => {
      const config = readConfig({ sample: true, choice: options });
      const storage = await openLake(config);
      const { newest: form, formOfLedger } = await formsToRead(storage, config);
      const id = parseId(text, form);
      if (id === undefined)
        throw new FernlakeError(
          'Configuration',
          'terminal',
          `find ${text}: ids of ${config.dataset} are whole numbers, from 0 to 2^53 - 1`,
        );
      const progress = showProgress();
      const story = await findRecord(
        {
          ...{ storage, form, formOfLedger, dataset: config.dataset, nowMs: Date.now() },
          onProgress: (what, done) => progress.tell(() => `${count(done)} ${what} looked at`),
        },
        id,
      );
      progress.end();
      exitWith(story.outcome === 'landed' || story.outcome === 'waiting' ? 0 : NOT_THERE);
      const { record, ...rest } = story;
      if (options.json) json(options.showValues ? story : rest);
      else show(story);
      if (options.showValues && !options.json && record !== null) outAsIs(record);
    });
}

function show(story: RecordStory): void {
  const { id, outcome, hour, revision, sealedAt, object, answers, quarantined, between } = story;
  const name = paint('bold', idJson(id));
  const sealed = `revision ${revision}, sealed at ${sealedAt}`;
  if (outcome === 'landed') out(`${name} landed in ${hour} (${sealed}): ${object}`);
  if (outcome === 'waiting')
    out(
      hour === null
        ? `${name} is in the archive, and not carried yet: the next slot, or the seal of its hour, does that`
        : `${name} waits in the segments of ${hour}, which is not sealed with it yet`,
    );
  if (outcome === 'quarantined') out(`${name} is in quarantine`);
  if (outcome === 'missing')
    out(
      `${name} never came: no answer shows an id between ${between?.join(' and ')}. It is charged to ${hour} (${sealed})`,
    );
  if (outcome === 'unseen') out(`${name} was never seen: ${whyUnseen(story)}`);
  for (const { reason, detail, raw, index } of quarantined)
    out(`  ${reason}: ${detail} (position ${index} of ${raw})`);
  for (const { key, index } of answers.slice(0, ANSWERS_SHOWN))
    out(`  shown at ${arrivedAt(key)}, position ${index} of ${key}`);
  if (answers.length > ANSWERS_SHOWN)
    out(
      `  and by ${plural(answers.length - ANSWERS_SHOWN, 'answer')} more, the last at ${arrivedAt(answers.at(-1)!.key)}`,
    );
}

const arrivedAt = (key: string): string => new Date(arrivalMs(rawNameOf(key))).toISOString();

function whyUnseen(story: RecordStory): string {
  if (story.newestId === null) return 'no hour of the dataset is sealed yet';
  return isAhead(story)
    ? `it lies behind ${idJson(story.newestId)}, the newest one that is sealed, and may still come`
    : 'no answer in the archive shows it, and no ledger misses it';
}
