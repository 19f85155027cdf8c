/** A webhook that the API server calls, from its start to its end, for scenarios that make Pods. */

import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';

import type { Rig } from './scenarios/scenario.ts';
import { CONFIGURATION, configurationOf, CONFIGURATIONS, Webhook } from './webhook.ts';
import { ASKED, isInjected, makePod, PLAIN } from './webhook-pods.ts';

export interface Given extends Rig {
  readonly kubeconfig: string;
  readonly token: string;
  /** One with the label. */
  readonly namespace: string;
}

/** The configuration anew: without a caBundle, whoever had put one there. */
export async function configure({ cluster }: Rig, url: string): Promise<void> {
  await cluster.admin.request('DELETE', `${CONFIGURATIONS}/${CONFIGURATION}`);
  await cluster.admin.send('POST', CONFIGURATIONS, configurationOf(CONFIGURATION, { url }));
}

/** Waits until the API server calls: it hears of a configuration by its own watch. */
export async function called({ cluster, namespace }: Given): Promise<void> {
  for (let attempt = 0; attempt < 100; attempt += 1) {
    const made = await makePod(
      cluster.admin,
      namespace,
      { metadata: { annotations: ASKED }, spec: PLAIN },
      '?dryRun=All',
    );
    if (isInjected(made)) return;
    await delay(100);
  }
  throw new Error('the API server never called the webhook');
}

/** Runs `body` with a webhook of its own, and checks its end. */
export async function withWebhook(
  given: Given,
  flags: readonly string[],
  body: (webhook: Webhook) => Promise<void>,
): Promise<void> {
  const { program, kubeconfig, report, cluster, token } = given;
  // Not that of before: ready by it, the webhook would not look for the new one for half a minute.
  await cluster.admin.request('DELETE', `${CONFIGURATIONS}/${CONFIGURATION}`);
  const webhook = await Webhook.start(program, kubeconfig, '--drain-delay', '0s', ...flags);
  try {
    await configure(given, webhook.url());
    await webhook.ready();
    await called(given);
    await body(webhook);
  } finally {
    const code = await webhook.child.stop();
    await report.check(
      'SIGTERM ends the webhook with exit code 0, and no token is in what it wrote (R26, R31)',
      () => {
        assert.equal(code, 0, webhook.output());
        for (const secret of [token, 'PRIVATE KEY', ...cluster.secrets])
          assert.ok(!webhook.output().includes(secret));
      },
    );
  }
}
