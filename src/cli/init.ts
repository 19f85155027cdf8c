/**
 * `watchsieve init`: prepares the state directory and exits, for an ordinary init container. Without native sidecars, a
 * client's kubeconfig must exist before the client's container starts.
 */
import type { Env } from '../config/read-env.ts';
import type { Settings } from '../config/settings.ts';
import type { Logger } from '../platform/logger.ts';
import { EXIT } from './exit-codes.ts';
import type { Io } from './io.ts';
import { SettingsSource } from './settings-source.ts';
import { concluded } from './endings.ts';

/** Writes the files; returns the path of the kubeconfig. */
export type InitState = (settings: Settings, context: { log: Logger; env: Env }) => Promise<string>;

export async function init(
  argv: readonly string[],
  io: Io,
  loadInitState: () => Promise<InitState>,
): Promise<number> {
  return concluded(io, 'init', await new SettingsSource(argv, io.env).read(), async (settings) => {
    const { createLogger } = await import('../platform/logger.ts');
    const { logLevel: level, logFormat: format } = settings;
    const log = await createLogger({ level, format, output: io.stdout });
    const initState = await loadInitState();
    const kubeconfig = await initState(settings, { log, env: io.env });
    log.info({ kubeconfig }, 'the state directory is prepared');
    return EXIT.fine;
  });
}
