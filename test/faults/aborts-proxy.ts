/**
 * The proxy in a process of its own, which tells what is alive in it when asked. Needs --expose-gc.
 * Arguments: kubeconfig, state directory, auto or 1.1.
 */
import assert from 'node:assert/strict';
import { ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { TLSSocket } from 'node:tls';
import { queryObjects } from 'node:v8';
import { startApp } from '../../src/serve/app.ts';
import { parseSettings } from '../../src/config/parse-settings.ts';
import { WatchStream } from '../../src/serve/watch/watch-stream.ts';
import { createLogger } from '../../src/platform/logger.ts';
import { Delivery } from '../../src/platform/upstream/exchange.ts';

/** What is alive in the proxy's process after garbage collection. */
export interface Alive {
  /** Everything that is to be at its baseline: counts by name. */
  readonly counts: Readonly<Record<string, number>>;
  readonly rssBytes: number;
  readonly heapBytes: number;
}

const [kubeconfig = '', stateDir = '', http = ''] = process.argv.slice(2);
const parsed = parseSettings({
  argv: [
    ...['--listen', '127.0.0.1:0', '--admin-listen', '127.0.0.1:0', '--state-dir', stateDir],
    ...['--kubeconfig', kubeconfig, '--upstream-http', http],
  ],
  env: {},
  readFile: () => undefined,
});
if ('problems' in parsed) assert.fail(parsed.problems.join('; '));
const log = await createLogger({
  level: 'fatal',
  format: 'json',
  output: { write: () => undefined },
});
const app = await startApp(parsed.ok, { log, env: {}, sources: parsed.sources });

process.on('message', (message) => {
  if (message === 'report') void alive().then((report) => process.send?.(report));
  else void app.close().then(() => process.disconnect());
});
process.send?.(app.proxyAddress.port);

async function alive(): Promise<Alive> {
  const { gc } = globalThis;
  assert.ok(gc !== undefined, 'run with --expose-gc');
  // Some objects are let go of by the finalizers of others.
  for (let round = 0; round < 3; round++) {
    await gc({ execution: 'async' });
    await sleep(20);
  }
  const resources = new Map<string, number>();
  for (const name of process.getActiveResourcesInfo()) resources.set(name, (resources.get(name) ?? 0) + 1);
  const metrics = await app.metricsText();
  const gauge = (name: string): number =>
    Number(new RegExp(`^${name}(?:{[^}]*})? (\\d+)$`, 'm').exec(metrics)?.[1]);
  const { rss, heapUsed } = process.memoryUsage();
  return {
    counts: {
      'open streams': gauge('watchsieve_streams'),
      timers: resources.get('Timeout') ?? 0,
      'TCP handles': (resources.get('TCPSocketWrap') ?? 0) + (resources.get('TCPServerWrap') ?? 0),
      sockets: living(Socket) - living(TLSSocket),
      'TLS sockets': living(TLSSocket),
      WatchStream: living(WatchStream),
      'requests upstream': living(Delivery),
      responses: living(ServerResponse),
    },
    rssBytes: rss,
    heapBytes: heapUsed,
  };
}

function living(ofClass: abstract new (...args: never[]) => unknown): number {
  return queryObjects(ofClass, { format: 'count' });
}
