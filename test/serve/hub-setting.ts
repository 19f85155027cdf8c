/** A server that answers as a hub does, with what the API server says, and a sidecar that asks it first. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { projectionOf } from '../../src/core/projection/presets.ts';
import { projectionDigest, PROJECTION_HEADER } from '../../src/core/projection/projection-digest.ts';
import type { Simulator } from '../../src/lab/simulator/start-simulator.ts';
import { requestHeaders } from '../../src/serve/proxy/headers.ts';
import { CA_PEM, simulate } from '../lab/simulator/harness.ts';
import { type ApiServer, startApiServer } from '../support/api-server.ts';
import { LOOPBACK } from '../support/certificates.ts';
import { FakeTime } from '../support/fake-time.ts';
import { loopbackTarget, watchedUpstream } from '../support/upstream.ts';
import { runReady, type Running, temporaryDirectory } from './harness.ts';

export interface Hub {
  readonly server: ApiServer;
  readonly asked: string[];
  /** By which projection it says it answers. */
  preset: 'metallb' | 'labels';
}

/** Passes on what the API server says, and says that it is its own. */
async function startHub(t: TestContext, simulator: Simulator): Promise<Hub> {
  const { upstream } = watchedUpstream(loopbackTarget(Number(new URL(simulator.url).port), CA_PEM));
  t.after(() => upstream.close());
  const hub: Omit<Hub, 'server'> = { asked: [], preset: 'metallb' };
  const server = await startApiServer({
    handler: (req, res) => {
      hub.asked.push(req.url);
      const headers = requestHeaders(req.rawHeaders.filter((_, at) => !isPseudo(req.rawHeaders, at)));
      const exchange = upstream.send(
        { method: req.method, target: req.url, headers, body: null },
        {
          onResponse: (head) => {
            const type = head.headers[head.headers.indexOf('content-type') + 1] ?? '';
            const digest = projectionDigest(projectionOf(hub.preset));
            res.writeHead(head.statusCode, { 'content-type': type, [PROJECTION_HEADER]: digest });
          },
          onData: (chunk) => {
            res.write(Buffer.from(chunk));
            return true;
          },
          onEnd: () => res.end(),
          onError: () => req.stream.destroy(),
        },
      );
      res.on('close', () => exchange.abort());
    },
  });
  t.after(() => server[Symbol.asyncDispose]());
  return Object.assign(hub, { server });
}

function isPseudo(raw: readonly string[], at: number): boolean {
  return (raw[at - (at % 2)] ?? '').startsWith(':');
}

export interface HubSettingOptions {
  /** Flags of the sidecar. */
  readonly argv?: readonly string[];
  /** The port by which the sidecar reaches the hub at this one; default itself. */
  readonly before?: (port: number) => Promise<number>;
}

/** A sidecar with a hub. */
export async function withHub(
  t: TestContext,
  { argv = [], before = (port) => Promise.resolve(port) }: HubSettingOptions = {},
): Promise<{ simulator: Simulator; hub: Hub; proxy: Running; configFile: string; time: FakeTime }> {
  const simulator = await simulate(t);
  const hub = await startHub(t, simulator);
  const port = await before(hub.server.port);
  const directory = await temporaryDirectory(t);
  const ca = join(directory, 'hub-ca.crt');
  await writeFile(ca, LOOPBACK.ca);
  const configFile = join(directory, 'config.yaml');
  await writeFile(configFile, 'preset: metallb\n');
  const time = new FakeTime();
  const proxy = await runReady(
    t,
    { url: simulator.url, caPem: CA_PEM },
    {
      argv: ['--hub', `https://127.0.0.1:${port}`, '--hub-ca', ca, ...argv],
      configFile,
      startPolling: time.startTimer,
    },
  );
  return { simulator, hub, proxy, configFile, time };
}
