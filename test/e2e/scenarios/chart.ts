/**
 * The manifests and the Helm chart of the admission webhook (R34, R44) on a real API server: what they render, what the
 * server says to it, what the service account may do, and a whole life by each way to install them, in which the
 * account writes what the program would. At last the program itself, started as the Deployment says.
 */

import assert from 'node:assert/strict';
import { mkdtemp } from 'node:fs/promises';
import { join } from 'node:path';

import { textAt, valueAt } from '../../support/json-value.ts';
import { copyManifests } from '../../support/named-manifests.ts';
import { proveAlerts } from '../chart/alerts.ts';
import { CONFIGURATIONS, NAME, NAMESPACE, SECRET } from '../chart/place.ts';
import type { Tools } from '../chart/place.ts';
import { createNamespace, leftOf, proveDead, proveRestricted, secretsLeft } from '../chart/pods.ts';
import { proveProgram } from '../chart/program.ts';
import { proveReadme, shellFor } from '../chart/readme.ts';
import { proveRendering } from '../chart/render.ts';
import { bundleIn, proveAllowed, proveRefused, putBundle, rulesIn, signIn } from '../chart/rights.ts';
import { byHelm, byKubectl } from '../chart/ways.ts';
import type { Way } from '../chart/ways.ts';
import { helmIn } from '../helm.ts';
import { installPrometheusCrds } from '../prometheus-crds.ts';
import { run } from '../rendering.ts';
import type { Rig, Scenario } from './scenario.ts';

const DEPLOYMENT = `/apis/apps/v1/namespaces/${NAMESPACE}/deployments/${NAME}`;
/** Stands for the PEM of a CA, which the API server would read only to call. */
const BUNDLE = Buffer.from('-----BEGIN CERTIFICATE-----\n').toString('base64');

export const chartScenario: Scenario = { title: 'manifests and chart of the webhook', run: prove };

async function prove(rig: Rig): Promise<void> {
  const tools = await toolsFor(rig);
  copyManifests(tools.folder);
  await proveRendering(rig.report, tools);
  await proveAlerts(rig.report, tools, await rig.assets.promtool());
  await installPrometheusCrds(rig.assets, tools.kubectl);
  await createNamespace(rig.cluster, 'metallb-system');
  // It makes the namespace too, in which all that follows happens.
  await proveReadme(rig.report, await shellFor(tools, rig.assets), async () => {
    const account = await signIn(rig.cluster);
    await proveAllowed(account).finally(() => account.close());
  });
  await proveLife(rig, await byHelm(tools, true), async () => {
    await rig.report.check(
      'a Pod of the Deployment passes Pod Security "restricted", and with less would not',
      () => proveRestricted(rig.cluster),
    );
    await rig.report.check(
      'with nothing behind the Service every Pod is created, and only those asked about wait (R44)',
      () => proveDead(rig.cluster),
    );
  });
  await proveLife(rig, await byHelm(tools, false));
  await proveStart(rig, await byHelm(tools, true));
  await proveLife(rig, await byKubectl(tools, true));
  await proveLife(rig, await byKubectl(tools, false));
}

/** A life with the program itself in it. */
async function proveStart({ report, cluster, program }: Rig, way: Way): Promise<void> {
  await way.install();
  try {
    await proveProgram(report, cluster, program);
  } finally {
    await way.uninstall();
    await cluster.admin.send('DELETE', `/api/v1/namespaces/${NAMESPACE}/secrets/${SECRET}`, {});
  }
}

async function toolsFor({ cluster, assets }: Rig): Promise<Tools> {
  const folder = await mkdtemp(join(cluster.folder, 'chart-'));
  const kubeconfig = await cluster.writeKubeconfig('chart.kubeconfig', 'admin');
  const common = [`--kubeconfig=${kubeconfig}`, `--cache-dir=${join(folder, 'cache')}`];
  return {
    helm: helmIn(folder, await assets.helm()),
    kubectl: (...args) => run({ command: assets.kubectl, args: [...common, ...args] }),
    kubectlProgram: assets.kubectl,
    kubeconfig,
    folder,
  };
}

/** @param installed - what to look at while it is there, once. */
async function proveLife(rig: Rig, way: Way, installed = () => Promise.resolve()): Promise<void> {
  const { report, cluster } = rig;
  await report.check(
    `${way.title}: the API server takes it, and a dry run leaves nothing (R34)`,
    async () => {
      await way.tryInstall();
      assert.deepEqual(await secretsLeft(cluster), []);
      assert.deepEqual(await leftOf(cluster, way.objects.values()), []);
      await way.install();
      assert.equal((await leftOf(cluster, way.objects.values())).length, way.objects.size);
    },
  );
  const account = await signIn(cluster);
  try {
    await report.check(
      `${way.title}: the service account may do what it needs, and nothing else (R44)`,
      async () => {
        await proveAllowed(account);
        await proveRefused(cluster, account);
        const configuration = `get,patch mutatingwebhookconfigurations ${NAME}`;
        const secret = `get,update secrets ${SECRET}`;
        const everywhere = [configuration, 'list limitranges,resourcequotas'];
        const ownOnly = ['create secrets', secret];
        assert.deepEqual(await rulesIn(cluster, NAMESPACE), [...everywhere, ...ownOnly].sort());
        assert.deepEqual(await rulesIn(cluster, 'default'), everywhere.sort());
      },
    );
    await installed();
    await report.check(
      `${way.title}: an upgrade changes what it says, and leaves caBundle and CA alone`,
      async () => {
        await putBundle(account, BUNDLE);
        await way.tryUpgrade();
        assert.equal(await replicasOf(rig), 2);
        await way.upgrade();
        assert.equal(await replicasOf(rig), 3);
        assert.deepEqual(await spared(rig), ['kube-system', NAMESPACE, 'sandbox']);
        assert.equal(await bundleIn(cluster), BUNDLE);
        await way.again();
        assert.equal(await bundleIn(cluster), BUNDLE);
        const secret = await cluster.admin.getJson(`/api/v1/namespaces/${NAMESPACE}/secrets/${SECRET}`);
        assert.equal(textAt(secret, 'data', 'ca.crt'), Buffer.from('two').toString('base64'));
      },
    );
    if (way.replace !== undefined)
      await report.check(`${way.title}: what replaces instead of merging takes caBundle away`, async () => {
        await way.replace?.();
        assert.equal(await bundleIn(cluster), undefined);
      });
  } finally {
    await account.close();
  }
  await report.check(`${way.title}: uninstalled, nothing is left but the Secret with the CA`, async () => {
    await way.tryUninstall();
    assert.equal((await leftOf(cluster, way.objects.values())).length, way.objects.size);
    await way.uninstall();
    assert.deepEqual(await leftOf(cluster, way.objects.values()), []);
    assert.deepEqual(await secretsLeft(cluster), [SECRET]);
    await cluster.admin.send('DELETE', `/api/v1/namespaces/${NAMESPACE}/secrets/${SECRET}`, {});
  });
}

/** The namespaces that the configuration leaves alone whatever their labels are. */
async function spared({ cluster }: Rig): Promise<unknown> {
  const configuration = await cluster.admin.getJson(`${CONFIGURATIONS}/${NAME}`);
  const selector = valueAt(configuration, 'webhooks', 0, 'namespaceSelector');
  return valueAt(selector, 'matchExpressions', 0, 'values');
}

async function replicasOf({ cluster }: Rig): Promise<unknown> {
  return valueAt(await cluster.admin.getJson(DEPLOYMENT), 'spec', 'replicas');
}
