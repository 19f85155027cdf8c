/** `watchsieve webhook`: flags → webhook → signal → drain → exit code. */
import { setTimeout as delay } from 'node:timers/promises';
import { SettingsProblem } from '../config/settings-problem.ts';
import { PRESETS } from '../core/projection/presets.ts';
import { EXIT, exitCodeOf } from './exit-codes.ts';
import type { Io } from './io.ts';
import { onStopRequest, type StopRequest } from './signals.ts';
import { version } from '../platform/version.ts';
import { parseWebhookOptions, type WebhookSettings } from '../install/flags/webhook-options.ts';
import { wrongUsage } from './wrong-usage.ts';

/** Runs until a signal asks to stop; returns the exit code. */
export async function runWebhook(argv: readonly string[], io: Io): Promise<number> {
  const parsed = parseWebhookOptions(argv);
  if ('problems' in parsed) return wrongUsage(io, 'webhook', parsed.problems);
  const stop = onStopRequest(io);
  try {
    return await serveUntilStopped(parsed.ok, io, stop);
  } catch (error) {
    io.stderr.write(`watchsieve: ${error instanceof Error ? error.message : String(error)}\n`);
    return exitCodeOf(error);
  } finally {
    stop.forget();
  }
}

async function serveUntilStopped(settings: WebhookSettings, io: Io, stop: StopRequest): Promise<number> {
  const [{ createLogger }, { startWebhook }, { reachApiServer }] = await Promise.all([
    import('../platform/logger.ts'),
    import('../install/webhook/start-webhook.ts'),
    import('../install/webhook/reach-api-server.ts'),
  ]);
  const log = await createLogger({
    level: settings.logLevel,
    format: 'auto',
    isTerminal: io.stdout.isTTY === true,
    version,
    destination: { write: (line: string) => void io.stdout.write(line) },
  });
  const { kubeconfig, context, selector, sidecar } = settings;
  const reached = await reachApiServer({ kubeconfig, context, env: io.env, now: Date.now }).catch(
    (cause: unknown) => {
      throw new SettingsProblem(cause instanceof Error ? cause.message : String(cause), { cause });
    },
  );
  const review = { ...sidecar, selector, presets: PRESETS };
  log.info({ apiServer: reached.target.description, image: sidecar.image }, 'starting');
  const webhook = await startWebhook({ ...settings, review }, { ...reached, version, log });
  const signal = await stop.received;
  log.info({ signal }, 'draining');
  webhook.drain();
  // Endpoints take a moment to forget us; a call that finds nobody makes a Pod without a sidecar.
  await delay(settings.drainDelayMs);
  await webhook.close();
  log.info('stopped');
  return EXIT.fine;
}
