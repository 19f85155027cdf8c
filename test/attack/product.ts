/** The built program under the memory limit, as `serve` with the API server of the attacks behind it, or as `webhook`. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { writeKubeconfig } from '../../bench/end-to-end/server.ts';
import { Child } from '../support/child.ts';
import { LOOPBACK } from '../support/certificates.ts';
import { numberAt, parseJson, textAt } from '../support/json-value.ts';
import { FakeApi } from '../install/webhook/fake-api.ts';
import { serveFakeApi } from '../install/webhook/served-api.ts';
import { type ClusterSize, HUB_TOKEN, type Target } from './attack.ts';
import { HUB_ARGS } from './hub-manifest.ts';
import type { MemoryLimit } from './memory-limit.ts';

const START_TIMEOUT_MS = 30_000;
const UPSTREAM = join(import.meta.dirname, 'upstream.ts');

export interface Product extends AsyncDisposable {
  readonly child: Child;
  readonly target: Target;
}

export interface ProductOptions {
  /** The built program, a JavaScript file. */
  readonly program: string;
  /** Empty, and its own. */
  readonly folder: string;
  readonly args: readonly string[];
  readonly limit: MemoryLimit | undefined;
  /** What is behind a hub. */
  readonly cluster?: ClusterSize | undefined;
}

/** As its manifest has it. */
export function startHub(options: ProductOptions): Promise<Product> {
  const { cluster = { nodes: 5000, nodeBytes: 0 } } = options;
  return startProxy({ ...options, cluster, args: [...HUB_ARGS, ...options.args] });
}

export async function startProxy(options: ProductOptions): Promise<Product> {
  const { folder, args, cluster } = options;
  const files = { key: join(folder, 'tls.key'), cert: join(folder, 'tls.crt'), ca: join(folder, 'ca.crt') };
  await writeFile(files.key, LOOPBACK.tls.key);
  await writeFile(files.cert, LOOPBACK.tls.cert);
  await writeFile(files.ca, LOOPBACK.ca);
  const upstream = new Child({
    name: 'upstream',
    command: process.execPath,
    args: [UPSTREAM, files.key, files.cert, ...(cluster === undefined ? [] : [JSON.stringify(cluster)])],
  });
  const port = numberAt(
    parseJson(await upstream.stdout.waitFor('port', (line) => line.includes('"port"'), START_TIMEOUT_MS)),
    'port',
  );
  const kubeconfig = join(folder, 'kubeconfig');
  await writeKubeconfig(kubeconfig, { port, caFile: files.ca }, cluster && HUB_TOKEN);
  const stateDir = join(folder, 'state');
  const configFile = join(folder, 'config.yaml');
  await writeFile(configFile, 'mode: filter\n');
  const child = start(options, [
    'serve',
    `--kubeconfig=${kubeconfig}`,
    `--config=${configFile}`,
    '--listen=127.0.0.1:0',
    '--admin-listen=127.0.0.1:0',
    '--metrics-listen=127.0.0.1:0',
    `--state-dir=${stateDir}`,
    '--log-format=json',
    ...args,
  ]);
  const stop = async (): Promise<void> => {
    await child.stop();
    await upstream.stop(0);
  };
  try {
    const portOf = (message: unknown): number => Number(textAt(message, 'address').split(':').at(-1));
    const target: Target = {
      adminPort: portOf(await said(child, 'admin listening')),
      metricsPort: portOf(await said(child, 'metrics listening')),
      port: numberAt(await said(child, 'serving'), 'listen', 'port'),
      ca: await readFile(join(stateDir, 'ca.crt'), 'utf8'),
      configFile,
    };
    return { child, target, [Symbol.asyncDispose]: stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Its API server holds one Secret and one configuration. */
export async function startWebhook(options: ProductOptions): Promise<Product> {
  const { folder, args } = options;
  const api = new FakeApi();
  api.configure();
  const server = await serveFakeApi(api);
  const kubeconfig = join(folder, 'kubeconfig');
  await writeFile(kubeconfig, server.kubeconfig);
  const child = start(options, [
    'webhook',
    `--kubeconfig=${kubeconfig}`,
    '--listen=127.0.0.1:0',
    '--health-listen=127.0.0.1:0',
    '--host=127.0.0.1',
    '--secret=watchsieve-system/ca',
    '--image=x.example/w:1',
    '--drain-delay=0s',
    ...args,
  ]);
  const stop = async (): Promise<void> => {
    await child.stop();
    await server.close();
  };
  try {
    const healthPort = numberAt(await said(child, 'started'), 'healthListen', 'port');
    const port = numberAt(await said(child, 'serving'), 'listen', 'port');
    await said(child, 'caBundle written');
    const target = { port, adminPort: healthPort, metricsPort: healthPort, ca: api.bundle(), configFile: '' };
    return { child, target, [Symbol.asyncDispose]: stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

function start({ program, limit }: ProductOptions, args: readonly string[]): Child {
  return new Child({
    name: 'watchsieve',
    command: '/bin/sh',
    args: [
      '-c',
      `${limit === undefined ? ':' : limit.enter}; exec "$0" "$@"`,
      process.execPath,
      program,
      ...args,
    ],
  });
}

/** A line of its log. */
async function said({ stdout }: Child, message: string): Promise<unknown> {
  return parseJson(
    await stdout.waitFor(message, (line) => line.includes(`"msg":"${message}`), START_TIMEOUT_MS),
  );
}
