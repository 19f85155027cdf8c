/** `watchsieve webhook`: flags → webhook → signal → drain → exit code. */
import { setTimeout as delay } from 'node:timers/promises';
import { settingsProblem } from '../config/settings-problem.ts';
import { PRESETS } from '../core/projection/presets.ts';
import { EXIT } from './exit-codes.ts';
import type { Io } from './io.ts';
import { onStopRequest, type StopRequest } from './signals.ts';
import { parseWebhookOptions, type WebhookSettings } from '../install/flags/webhook-options.ts';
import { concluded } from './endings.ts';

/** Runs until a signal asks it to stop. @returns the exit code */
export async function runWebhook(argv: readonly string[], io: Io): Promise<number> {
  return concluded(io, 'webhook', parseWebhookOptions(argv), async (settings) => {
    const stop = onStopRequest(io);
    try {
      return await serveUntilStopped(settings, io, stop);
    } finally {
      stop.forget();
    }
  });
}

async function serveUntilStopped(settings: WebhookSettings, io: Io, stop: StopRequest): Promise<number> {
  const [{ createLogger }, { startWebhook }, { reachApiServer }] = await Promise.all([
    import('../platform/logger.ts'),
    import('../install/webhook/start-webhook.ts'),
    import('../platform/upstream/reach-api-server.ts'),
  ]);
  const log = await createLogger({ level: settings.logLevel, format: 'auto', output: io.stdout });
  const { kubeconfig, context, selector, sidecar } = settings;
  const where = { files: kubeconfig, context, env: io.env, now: Date.now };
  const reached = await reachApiServer(where).catch(settingsProblem);
  const review = { selector, plan: { ...sidecar, presets: PRESETS } };
  log.info({ apiServer: reached.target.description, image: sidecar.image }, 'starting');
  const webhook = await startWebhook({ ...settings, review }, { ...reached, log });
  const signal = await stop.received;
  log.info({ signal }, 'draining');
  webhook.drain();
  // The endpoints of the Service still contain this Pod for a moment. A call that reached nobody would let a Pod start
  // without a sidecar.
  await delay(settings.drainDelayMs);
  await webhook.close();
  log.info('stopped');
  return EXIT.fine;
}
