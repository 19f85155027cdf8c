/** What really happens in each row of the table about faults before an answer, and about answers that are faults. */
import { createServer, type AddressInfo } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { once } from 'node:events';
import type { TestContext } from 'node:test';
import type { Running } from '../serve/harness.ts';
import { startApiServer } from '../support/api-server.ts';
import { LOOPBACK, makeCertificates } from '../support/certificates.ts';
import { startSilentServer } from '../support/upstream.ts';
import { CONTENT_TYPE, statusBody } from './frames.ts';
import { BLACK_HOLE, Scene, startProxy, TestClient, type Arrival, type Variant } from './scene.ts';
import { resetStream } from './stream-actions.ts';
import type { AnswerFault } from './table.ts';

/** An answer that upstream gives, and that is to pass unchanged. */
export interface GivenAnswer {
  readonly code: number;
  readonly contentType: string;
  readonly retryAfter?: string;
  readonly body: Buffer;
}

/** One request of each sort that met the fault. */
export interface Met {
  readonly watch: TestClient;
  readonly list: TestClient;
  readonly proxy: Running;
  readonly given?: GivenAnswer;
}

type Meeting = (t: TestContext, variant: Variant) => Promise<Met>;

/** A watch and a LIST meet a proxy whose upstream is at this address. */
const at =
  (start: (t: TestContext, variant: Variant) => Promise<string>): Meeting =>
  async (t, variant) => {
    const proxy = await startProxy(t, variant, await start(t, variant));
    const ask = (query: string) => new TestClient(t, proxy, variant.encoding, query);
    return { proxy, watch: ask(WATCH), list: ask(LIST) };
  };

const WATCH = 'watch=1&resourceVersion=10';
const LIST = 'limit=500';

/** A watch and a LIST reach upstream, which then does something to both. */
const reached =
  (happen: (scene: Scene, arrivals: readonly Arrival[]) => unknown, argv: readonly string[] = []): Meeting =>
  async (t, variant) => {
    const scene = await Scene.start(t, variant, argv);
    const watch = await scene.ask(WATCH);
    const list = await scene.ask(LIST);
    await happen(scene, [watch.upstream, list.upstream]);
    return { proxy: scene.proxy, watch: watch.client, list: list.client };
  };

const answered =
  (given: (variant: Variant) => GivenAnswer): Meeting =>
  async (t, variant) => {
    const answer = given(variant);
    const met = await reached((_scene, arrivals) => {
      for (const { res } of arrivals) {
        res.writeHead(answer.code, {
          'content-type': answer.contentType,
          ...(answer.retryAfter === undefined ? {} : { 'retry-after': answer.retryAfter }),
        });
        res.end(answer.body);
      }
    })(t, variant);
    return { ...met, given: answer };
  };

const status =
  (code: number) =>
  ({ encoding }: Variant): GivenAnswer => ({
    code,
    contentType: CONTENT_TYPE.list[encoding],
    body: statusBody(encoding, code),
  });

export const ANSWER_ACTIONS: Readonly<Record<AnswerFault['id'], Meeting>> = {
  refused: at(async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    server.close();
    await once(server, 'close');
    return `https://127.0.0.1:${port}`;
  }),
  dns: at(() => Promise.resolve('https://nowhere.invalid:6443')),
  tls: at(async (t, { http }) => {
    const server = await startApiServer({
      http1Only: http === '1.1',
      certificates: await makeCertificates(['127.0.0.1']),
      handler: (_req, res) => res.end('must not be reached'),
    });
    t.after(() => server[Symbol.asyncDispose]());
    return `https://127.0.0.1:${server.port}`;
  }),
  silent: at(async (t) => {
    const server = await startSilentServer();
    t.after(() => server[Symbol.asyncDispose]());
    return `https://127.0.0.1:${server.port}`;
  }),
  'not-http': at(async (t, { http }) => {
    const server = createTlsServer(
      { ...LOOPBACK.tls, ALPNProtocols: [http === '2' ? 'h2' : 'http/1.1'] },
      (socket) => {
        socket.on('error', () => socket.destroy());
        t.after(() => socket.destroy());
        socket.once('data', () => socket.write('SSH-2.0-no-http-at-all-on-this-port\r\n\r\n'));
      },
    ).listen(0, '127.0.0.1');
    t.after(() => server.close());
    await once(server, 'listening');
    return `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }),
  'hang-up': reached((scene) => scene.loseConnections()),
  'stream-reset': reached((_scene, arrivals) => {
    for (const { res } of arrivals) resetStream(res);
  }),
  'black-hole-headers': reached((scene) => scene.dropPackets(), BLACK_HOLE),
  'drain-headers': reached((scene) => scene.proxy.app.drain()),
  'status-410': answered(status(410)),
  'status-429': answered(() => ({
    code: 429,
    contentType: 'text/plain; charset=utf-8',
    retryAfter: '5',
    body: Buffer.from('The apiserver is shutting down, please try again later.\n'),
  })),
  'status-500': answered(status(500)),
  'status-503': answered((variant) => ({ ...status(503)(variant), retryAfter: '1' })),
  'status-503-bare': answered(() => ({
    code: 503,
    contentType: 'text/plain',
    body: Buffer.from('no backend'),
  })),
  'status-504': answered(status(504)),
};
