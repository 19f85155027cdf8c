/** The built program under the memory limit, with the API server of the attacks behind it. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { writeKubeconfig } from '../../bench/end-to-end/server.ts';
import { Child } from '../support/child.ts';
import { LOOPBACK } from '../support/certificates.ts';
import { numberAt, parseJson, textAt } from '../support/json-value.ts';
import { type Target } from './attack.ts';
import { type MemoryLimit } from './memory-limit.ts';

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
}

export async function startProduct({ program, folder, args, limit }: ProductOptions): Promise<Product> {
  const files = { key: join(folder, 'tls.key'), cert: join(folder, 'tls.crt'), ca: join(folder, 'ca.crt') };
  await writeFile(files.key, LOOPBACK.tls.key);
  await writeFile(files.cert, LOOPBACK.tls.cert);
  await writeFile(files.ca, LOOPBACK.ca);
  const upstream = new Child({
    name: 'upstream',
    command: process.execPath,
    args: [UPSTREAM, files.key, files.cert],
  });
  const port = numberAt(
    parseJson(await upstream.stdout.waitFor('port', (line) => line.includes('"port"'), START_TIMEOUT_MS)),
    'port',
  );
  const kubeconfig = join(folder, 'kubeconfig');
  await writeKubeconfig(kubeconfig, { port, caFile: files.ca });
  const stateDir = join(folder, 'state');
  const child = new Child({
    name: 'watchsieve',
    command: '/bin/sh',
    args: [
      '-c',
      `${limit === undefined ? ':' : limit.enter}; exec "$0" "$@"`,
      process.execPath,
      program,
      'serve',
      `--kubeconfig=${kubeconfig}`,
      '--listen=127.0.0.1:0',
      '--admin-listen=127.0.0.1:0',
      '--metrics-listen=127.0.0.1:0',
      `--state-dir=${stateDir}`,
      '--log-format=json',
      ...args,
    ],
  });
  const stop = async (): Promise<void> => {
    await child.stop();
    await upstream.stop(0);
  };
  try {
    const said = async (message: string): Promise<unknown> =>
      parseJson(
        await child.stdout.waitFor(message, (line) => line.includes(`"msg":"${message}"`), START_TIMEOUT_MS),
      );
    const portOf = (message: unknown): number => Number(textAt(message, 'address').split(':').at(-1));
    const target: Target = {
      adminPort: portOf(await said('admin listening')),
      metricsPort: portOf(await said('metrics listening')),
      port: numberAt(await said('serving'), 'listen', 'port'),
      ca: await readFile(join(stateDir, 'ca.crt'), 'utf8'),
    };
    return { child, target, [Symbol.asyncDispose]: stop };
  } catch (error) {
    await stop();
    throw error;
  }
}
