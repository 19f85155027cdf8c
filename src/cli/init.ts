/**
 * `watchsieve init`: prepares the state directory and exits, for an ordinary init container: where there are no native
 * sidecars, a client's kubeconfig must exist before its container starts.
 */
import type { Env } from '../config/read-env.ts';
import type { Settings } from '../config/settings.ts';
import type { Logger } from '../platform/logger.ts';
import { EXIT, exitCodeOf } from './exit-codes.ts';
import type { Io } from './io.ts';
import { SettingsSource } from './settings-source.ts';
import { version } from '../platform/version.ts';
import { wrongUsage } from './wrong-usage.ts';

/** Writes the files; returns the path of the kubeconfig. */
export type InitState = (settings: Settings, context: { log: Logger; env: Env }) => Promise<string>;

/** @returns the exit code */
export async function init(
  argv: readonly string[],
  io: Io,
  loadInitState: () => Promise<InitState>,
): Promise<number> {
  const parsed = new SettingsSource(argv, io.env).read();
  if ('problems' in parsed) return wrongUsage(io, 'init', parsed.problems);
  const settings = parsed.ok;
  try {
    const { createLogger } = await import('../platform/logger.ts');
    const log = await createLogger({
      level: settings.logLevel,
      format: settings.logFormat,
      isTerminal: io.stdout.isTTY === true,
      version,
      destination: { write: (line: string) => void io.stdout.write(line) },
    });
    const initState = await loadInitState();
    const kubeconfig = await initState(settings, { log, env: io.env });
    log.info({ kubeconfig }, 'state directory is prepared');
    return EXIT.fine;
  } catch (error) {
    io.stderr.write(`watchsieve: ${error instanceof Error ? error.message : String(error)}\n`);
    return exitCodeOf(error);
  }
}
