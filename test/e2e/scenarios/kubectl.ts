/**
 * The same kubectl commands directly and through the proxy, with the same outcome (R3, R40). `exec`,
 * `port-forward`, `cp` and the content of `logs` need kubelets, which are not there: what is compared is
 * their refusal; real upgrades are those of the WebSocket watch in the api scenario.
 */

import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { Kubectl, withoutAges } from '../kubectl.ts';
import { nodeName } from '../node-object.ts';
import type { Proxy } from '../proxy.ts';
import { withProxy } from './scenario.ts';
import type { Rig, Scenario } from './scenario.ts';

const WATCH_TIMEOUT_MS = 20_000;
const WATCHED = nodeName(20);

export const kubectlScenario: Scenario = {
  title: 'kubectl',
  run: (rig) => withProxy(rig, (proxy) => run(rig, proxy)),
};

async function run(rig: Rig, proxy: Proxy): Promise<void> {
  const { cluster, assets } = rig;
  const folder = cluster.folder;
  const direct = await cluster.writeKubeconfig('kubectl.kubeconfig', 'admin');
  const ways = [
    new Kubectl({ program: assets.kubectl, kubeconfig: direct, way: 'direct', folder }),
    new Kubectl({ program: assets.kubectl, kubeconfig: proxy.kubeconfig, way: 'through the proxy', folder }),
  ] as const;
  for (const command of READING) await checkSame(rig, ways, [command]);
  await checkSame(rig, ways, await writing(folder));
  for (const output of ['wide', 'jsonpath={.metadata.name} {.spec.unschedulable}{"\\n"}']) {
    await checkWatch(rig, ways, output);
  }
}

const READING: readonly (readonly string[])[] = [
  ['version'],
  ['api-resources'],
  ['explain', 'node.spec'],
  ['get', 'nodes'],
  ['get', 'nodes', '-o', 'wide', '--show-labels', '--sort-by=.metadata.name'],
  ['get', 'nodes', '-o', 'json'],
  ['get', 'node', nodeName(2), '-o', 'yaml'],
  ['get', 'nodes', '--chunk-size=20', '-l', 'topology.kubernetes.io/zone=eu-1a', '-o', 'name'],
  ['get', 'node', 'no-such-node'],
  ['get', 'node', nodeName(2), '--as=nobody'],
  ['describe', 'node', nodeName(2)],
  ['logs', 'no-such-pod'],
  ['exec', 'no-such-pod', '--', 'true'],
  ['port-forward', 'pod/no-such-pod', '8080'],
];

/** Every verb that writes; the sequence leaves nothing behind, so it can be run both ways. */
async function writing(folder: string): Promise<readonly (readonly string[])[]> {
  const manifest = join(folder, 'configmap.yaml');
  await writeFile(
    manifest,
    'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: e2e, namespace: default}\ndata: {a: "1"}\n',
  );
  const large = join(folder, 'large.txt');
  // A ConfigMap may hold 1 MiB.
  await writeFile(large, 'x'.repeat(1_000_000));
  const show = ['get', 'configmap', 'e2e', '-o', 'jsonpath={.data} {.metadata.labels}'];
  return [
    ['apply', '-f', manifest],
    ['apply', '-f', manifest],
    ['apply', '--server-side', '--force-conflicts', '-f', manifest],
    ['patch', 'configmap', 'e2e', '--type=merge', '-p', '{"data":{"b":"2"}}'],
    ['patch', 'configmap', 'e2e', '--type=json', '-p', '[{"op":"add","path":"/data/c","value":"3"}]'],
    ['label', 'configmap', 'e2e', 'e2e=true'],
    ['annotate', 'configmap', 'e2e', 'e2e=true'],
    show,
    ['delete', '-f', manifest],
    ['create', 'configmap', 'large', `--from-file=${large}`],
    ['get', 'configmap', 'large', '-o', 'jsonpath={.data}'],
    ['delete', 'configmap', 'large'],
    ['cordon', WATCHED],
    ['wait', `node/${WATCHED}`, '--for=jsonpath={.spec.unschedulable}=true', '--timeout=20s'],
    ['uncordon', WATCHED],
    ['auth', 'can-i', 'delete', 'nodes'],
  ];
}

type Ways = readonly [direct: Kubectl, proxied: Kubectl];

async function checkSame(rig: Rig, ways: Ways, commands: readonly (readonly string[])[]): Promise<void> {
  const [first = []] = commands;
  const title = commands.length === 1 ? first.join(' ') : commands.map(([verb]) => verb).join(', ');
  await rig.report.check(`kubectl ${title}: same as direct (R3)`, async () => {
    const [expected, actual] = [await runEach(ways[0], commands), await runEach(ways[1], commands)];
    assert.deepEqual(actual, expected);
  });
}

async function runEach(
  kubectl: Kubectl,
  commands: readonly (readonly string[])[],
): Promise<readonly string[]> {
  const results: string[] = [];
  for (const args of commands) {
    const { code, output } = await kubectl.run(...args);
    results.push(`kubectl ${args[0] ?? ''} ended with ${code}\n${output}`);
  }
  return results;
}

/** `get -w` as Table and as plain objects: the same change shows both ways. */
async function checkWatch(rig: Rig, [direct, proxied]: Ways, output: string): Promise<void> {
  const args = ['get', 'nodes', '-w', '-o', output];
  await rig.report.check(
    `kubectl get nodes -w -o ${output.slice(0, 8)}: the initial list and a change (R1, I2)`,
    async () => {
      const watches = [direct, proxied].map((kubectl) => kubectl.start(...args));
      try {
        const lastNode = (line: string) => line.startsWith(nodeName(rig.nodes.count));
        await Promise.all(
          watches.map((watch) => watch.stdout.waitFor('the last Node', lastNode, WATCH_TIMEOUT_MS)),
        );
        // The watch starts after the list was printed, but from the list's resourceVersion: nothing is missed.
        for (const verb of ['cordon', 'uncordon']) assert.equal((await direct.run(verb, WATCHED)).code, 0);
        const changed = (line: string) => line.startsWith(WATCHED) && /SchedulingDisabled|true/.test(line);
        const lines = watches.map((watch) => watch.stdout.waitFor('the change', changed, WATCH_TIMEOUT_MS));
        const [expected, actual] = (await Promise.all(lines)).map(withoutAges);
        assert.equal(actual, expected);
      } finally {
        await Promise.all(watches.map((watch) => watch.stop()));
      }
    },
  );
}
