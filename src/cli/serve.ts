/**
 * `watchsieve serve`: settings → app → signal → drain → exit code. This module decides their order; app.ts assembles
 * the app.
 */
import type { SettingSources } from '../config/parse-settings.ts';
import type { Settings } from '../config/settings.ts';
import { createLogger, type Logger } from '../platform/logger.ts';
import { EXIT, exitCodeOf } from './exit-codes.ts';
import type { Io } from './io.ts';
import { SettingsSource } from './settings-source.ts';
import { onStopRequest, type StopRequest } from './signals.ts';
import { describeStartFailure } from './start-failure.ts';
import type { App } from '../serve/app.ts';
import type { AppContext } from '../serve/app-context.ts';
import { wrongUsage } from './endings.ts';

/** The parts of a running proxy that are used here. */
export type RunningApp = Pick<App, 'proxyAddress' | 'adminAddress' | 'kubeconfigPath' | 'drain' | 'close'>;

/** Starts the proxy. The promise rejects if the proxy cannot listen or write its files. */
export type StartApp = (settings: Settings, context: AppContext) => Promise<RunningApp>;

/** Runs until a signal asks it to stop. @returns the exit code */
export async function serve(argv: readonly string[], io: Io, startApp: StartApp): Promise<number> {
  const source = new SettingsSource(argv, io.env);
  const parsed = await source.read();
  if ('problems' in parsed) return wrongUsage(io, 'serve', parsed.problems);
  const settings = parsed.ok;
  const stop = onStopRequest(io);
  try {
    const { logLevel: level, logFormat: format } = settings;
    const log = await createLogger({ level, format, output: io.stdout });
    log.info({ settings: setByUser(parsed.sources) }, 'starting');
    const starting = startApp(settings, {
      log,
      env: io.env,
      sources: parsed.sources,
      hiddenInFile: parsed.hiddenInFile,
      reread: () => source.reread(),
    });
    return await runUntilStopped(starting, stop, log);
  } catch (error) {
    io.stderr.write(`watchsieve: ${describeStartFailure(error, settings)}\n`);
    return exitCodeOf(error);
  } finally {
    stop.forget();
  }
}

async function runUntilStopped(
  starting: Promise<RunningApp>,
  stop: StopRequest,
  log: Logger,
): Promise<number> {
  // Nothing is served during the start, so there is nothing to drain.
  const app = await Promise.race([starting, stop.received.then(() => undefined)]);
  if (app === undefined) {
    starting.catch((error: unknown) => log.warn({ err: error }, 'the start failed after a stop signal'));
    log.info('stopped during the start');
    return EXIT.fine;
  }
  log.info(
    { listen: app.proxyAddress, adminListen: app.adminAddress, kubeconfig: app.kubeconfigPath },
    'serving',
  );
  const signal = await stop.received;
  log.info({ signal }, 'draining');
  try {
    await app.drain();
    await app.close();
  } catch (error) {
    log.error({ err: error }, 'drain failed');
    return EXIT.failed;
  }
  log.info('stopped');
  return EXIT.fine;
}

/** The settings that differ from their defaults, and their sources. */
function setByUser(sources: SettingSources): Record<string, string> {
  return Object.fromEntries([...sources].filter(([, source]) => source !== 'default'));
}
