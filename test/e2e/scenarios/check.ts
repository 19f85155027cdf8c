/**
 * `watchsieve check` as an operator runs it, against a real API server (R44): a healthy installation, one whose client
 * has lost its role, one with the CA of another cluster, and one whose token was revoked.
 */

import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

import { listAt, parseJson, textAt, valueAt } from '../../support/json-value.ts';
import { runToEnd } from '../../support/child.ts';
import type { Proxy } from '../proxy.ts';
import { RawWatch } from '../raw-watch.ts';
import { withProxy } from './scenario.ts';
import type { Rig, Scenario } from './scenario.ts';

const SECONDS = 4;
const HEARTBEATS_PER_SECOND = 25;
/** The API server keeps what it knows of roles and tokens for up to ten seconds or so. */
const REVOKED_WITHIN_MS = 60_000;
const RBAC = '/apis/rbac.authorization.k8s.io/v1/clusterrolebindings';
const ACCOUNTS = '/api/v1/namespaces/default/serviceaccounts';
const NAME = 'e2e-check';

export const checkScenario: Scenario = {
  title: 'check',
  run: (rig) => withProxy(rig, (proxy) => run(rig, proxy)),
};

interface Checked {
  readonly code: unknown;
  /** Of the checks that found something wrong. */
  readonly faults: readonly string[];
  /** Names of the checks by their outcome. */
  readonly fine: readonly string[];
  readonly skipped: readonly string[];
  readonly output: string;
}

async function run(rig: Rig, proxy: Proxy): Promise<void> {
  const { report, cluster } = rig;
  const token = await createAccount(rig);
  const tokenFile = join(cluster.folder, 'token-check');
  await writeFile(tokenFile, token);
  const check = (...args: readonly string[]) =>
    runCheck(rig, proxy, [`--client-token-file=${tokenFile}`, ...args]);

  await report.check('without a client, check says so and names the cure (R44)', async () => {
    const { code, faults, output } = await check();
    assert.deepEqual([code, faults], [1, ['no-client']], output);
    assert.match(output, /silently uses its in-cluster configuration/);
  });
  const endpoint = { ...proxy.endpoint('watcher'), token };
  const watch = await RawWatch.open({ endpoint, encoding: 'protobuf', path: '/api/v1/nodes?watch=true' });
  try {
    await rig.nodes.load({ heartbeatsPerSecond: HEARTBEATS_PER_SECOND, seconds: SECONDS });
    await report.check('of a healthy installation every check is fine (R44)', async () => {
      const { code, faults, fine, skipped, output } = await check();
      assert.deepEqual([code, faults, skipped], [0, [], []], output);
      assert.equal(fine.length, 17);
      assert.match(output, new RegExp(`system:serviceaccount:default:${NAME}`));
    });
    await report.check('the CA of another cluster is named (R25, R44)', async () => {
      const { code, faults, output } = await check(`--kubeconfig=${await kubeconfigWithOtherCa(rig, proxy)}`);
      assert.deepEqual([code, faults], [1, ['upstream-wrong-ca']], output);
    });
    await report.check('a client that has lost its role is named (R44)', async () => {
      await cluster.admin.send('DELETE', `${RBAC}/${NAME}`, {});
      const { faults, output } = await checkUntil(check, 'not-permitted');
      assert.deepEqual(faults, ['not-permitted', 'not-permitted'], output);
    });
    await report.check('a token that was revoked is named (R44)', async () => {
      await cluster.admin.send('DELETE', `${ACCOUNTS}/${NAME}`, {});
      const { faults, output } = await checkUntil(check, 'token-rejected');
      assert.deepEqual(faults, ['token-rejected', 'token-rejected', 'token-rejected'], output);
    });
  } finally {
    await watch.close();
  }
}

/** A service account as speakers have one. @returns its token */
async function createAccount({ cluster: { admin } }: Rig): Promise<string> {
  await admin.send('POST', ACCOUNTS, { metadata: { name: NAME } });
  await admin.send('POST', RBAC, {
    metadata: { name: NAME },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'e2e-node-watcher' },
    subjects: [{ kind: 'ServiceAccount', namespace: 'default', name: NAME }],
  });
  const request = { spec: { expirationSeconds: 3600 } };
  const answer = await admin.send('POST', `${ACCOUNTS}/${NAME}/token`, request);
  return textAt(answer, 'status', 'token');
}

async function runCheck({ program, cluster }: Rig, proxy: Proxy, args: readonly string[]): Promise<Checked> {
  const { code, stdout, stderr } = await runToEnd({
    name: 'watchsieve check',
    command: process.execPath,
    args: [
      program,
      'check',
      `--kubeconfig=${await cluster.writeKubeconfig('upstream.kubeconfig')}`,
      '--listen=127.0.0.1:0',
      `--admin-listen=${proxy.admin}`,
      `--state-dir=${dirname(proxy.kubeconfig)}`,
      '--output=json',
      ...args,
    ],
    timeoutMs: 60_000,
  });
  const checks = listAt(parseJson(stdout), 'checks');
  const named = (outcome: string) =>
    checks.filter((check) => textAt(check, 'outcome') === outcome).map((check) => textAt(check, 'name'));
  const token = await readFile(join(cluster.folder, 'token-check'), 'utf8');
  assert.ok(!stdout.includes(token) && !stderr.includes(token), 'a token is shown (R26)');
  return {
    code,
    faults: checks.map((check) => valueAt(check, 'fault')).filter((fault) => typeof fault === 'string'),
    fine: named('ok'),
    skipped: named('skipped'),
    output: stdout + stderr,
  };
}

/** Looks again until this fault is found everywhere that it will be: by the watch last. */
async function checkUntil(check: () => Promise<Checked>, fault: string): Promise<Checked> {
  const deadline = Date.now() + REVOKED_WITHIN_MS;
  for (;;) {
    const checked = await check();
    if (checked.faults.at(-1) === fault || Date.now() > deadline) return checked;
    await delay(500);
  }
}

async function kubeconfigWithOtherCa({ cluster }: Rig, proxy: Proxy): Promise<string> {
  const text = await readFile(await cluster.writeKubeconfig('upstream.kubeconfig'), 'utf8');
  const encoded = (pem: string) => Buffer.from(pem).toString('base64');
  const other = text.replace(/certificate-authority-data: .*(\n {6,}.*)*/, () => {
    return `certificate-authority-data: ${encoded(proxy.endpoint('admin').ca)}`;
  });
  assert.notEqual(other, text);
  const file = join(cluster.folder, 'other-ca.kubeconfig');
  await writeFile(file, other);
  return file;
}
