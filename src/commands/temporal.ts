import { spawn } from 'node:child_process';
import type { Command } from 'commander';
import { readTemporalConfig } from '../config/config.js';
import { temporalCliEnvironment } from '../config/children.js';
import { exitOf } from '../embedded/processes.js';
import { findTemporalCli } from '../embedded/temporal-cli.js';
import { exitWith } from './exit-code.js';
import { complain } from './output.js';

export function registerTemporal(program: Command): void {
  program
    .command('temporal')
    .description("Temporal's own command line, on the server that fernlake uses")
    .argument('[args...]', 'as `temporal --help` tells them')
    .helpOption(false)
    .allowUnknownOption()
    .action(async (args: string[]) => temporal(args));
}

/** Everything is passed on as it is; what the CLI writes and its exit code are this command's own. */
async function temporal(args: readonly string[]): Promise<void> {
  const { temporal: settings, temporalCli, searchPath, cacheDir } = readTemporalConfig();
  const cli = await findTemporalCli({
    ...(temporalCli === undefined ? {} : { explicitPath: temporalCli }),
    searchPath,
    cacheDir,
    log: complain, // not into what a script reads
  });
  const { connectionOptions, namespace } = settings;
  const child = spawn(cli, args, {
    stdio: 'inherit',
    env: temporalCliEnvironment({
      ...(connectionOptions.address === undefined ? {} : { TEMPORAL_ADDRESS: connectionOptions.address }),
      ...(namespace === undefined ? {} : { TEMPORAL_NAMESPACE: namespace }),
    }),
  });
  // A Ctrl-C reaches both: what to do is the CLI's to say.
  const ignore = (): void => undefined;
  process.on('SIGINT', ignore);
  const { code } = await exitOf(child);
  process.off('SIGINT', ignore);
  exitWith(code ?? 1);
}
