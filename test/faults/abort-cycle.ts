/** One client that comes and goes in a phase of its choice, and the upstream that brings it there. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { request as httpsRequest, type RequestOptions } from 'node:https';
import type { ClientRequest, IncomingMessage } from 'node:http';
import { connect as connectTcp } from 'node:net';
import { setImmediate as turn } from 'node:timers/promises';
import { ACCEPT } from '../lab/simulator/harness.ts';
import { eventually, startApiServer, type ApiRequest, type ApiResponse } from '../support/api-server.ts';
import { CONTENT_TYPE, nodeList, story, type TestEncoding } from './frames.ts';
import { Switch } from './switch.ts';
import { startSilentServer } from '../support/upstream.ts';
import type { HttpVersion } from './table.ts';

/** Where a client goes: in its own handshake, while we connect, and so on to a response that it does not read. */
export const PHASES = [
  'handshake',
  'connecting',
  'upload',
  'headers',
  'idle',
  'frame',
  'list',
  'blocked',
] as const;
export type AbortPhase = (typeof PHASES)[number];

/** An upstream that does what the request's `phase` asks for. */
export interface AbortUpstream extends AsyncDisposable {
  readonly port: number;
  /** Cuts every connection and answers no handshake any more. */
  silence(): Promise<void>;
  speak(): void;
  /** Calls `arrived` when the request of this number has come. */
  onArrival(id: string, arrived: () => void): void;
  /** Resolves when no response is open any more. */
  allClosed(): Promise<void>;
}

export async function startAbortUpstream(http: HttpVersion): Promise<AbortUpstream> {
  const waiting = new Map<string, () => void>();
  const open = new Set<ApiResponse>();
  const server = await startApiServer({
    http1Only: http === '1.1',
    handler: (req, res) => {
      open.add(res);
      res.once('close', () => open.delete(res));
      const query = new URL(req.url, 'https://upstream').searchParams;
      answer(query.get('phase') ?? '', encodingOf(req), res);
      const id = query.get('id') ?? '';
      waiting.get(id)?.();
      waiting.delete(id);
    },
  });
  const silent = await startSilentServer();
  const front = await Switch.start(server.port);
  return {
    port: front.port,
    silence: async () => {
      await eventually(() => open.size === 0, 'no response is open upstream');
      front.lead(silent.port);
    },
    speak: () => front.lead(server.port),
    onArrival: (id, arrived) => waiting.set(id, arrived),
    allClosed: () => eventually(() => open.size === 0, 'every response upstream is closed'),
    [Symbol.asyncDispose]: async () => {
      await front[Symbol.asyncDispose]();
      await server[Symbol.asyncDispose]();
      await silent[Symbol.asyncDispose]();
    },
  };
}

function encodingOf({ headers }: ApiRequest): TestEncoding {
  return headers.accept === ACCEPT.protobuf ? 'protobuf' : 'json';
}

/** Large enough that a client that does not read holds it up. */
const FLOOD_BYTES = 8 * 1024 * 1024;

function answer(phase: string, encoding: TestEncoding, res: ApiResponse): void {
  const { before, next } = story(encoding);
  switch (phase) {
    case 'headers':
    case 'upload':
      return;
    case 'idle':
    case 'frame':
    case 'blocked':
      res.writeHead(200, { 'content-type': CONTENT_TYPE.watch[encoding] });
      res.write(before);
      if (phase === 'frame') res.write(next.subarray(0, next.length >> 1));
      if (phase === 'blocked') res.write(repeated(Buffer.concat([before, next]), FLOOD_BYTES));
      return;
    case 'list':
      res.writeHead(200, { 'content-type': CONTENT_TYPE.list[encoding] });
      res.write(nodeList(encoding).subarray(0, -1));
      return;
    default:
      res.end('{}');
  }
}

const floods = new Map<number, Buffer>();

function repeated(piece: Buffer, bytes: number): Buffer {
  const known = floods.get(piece.length);
  if (known !== undefined) return known;
  const flood = Buffer.concat(Array.from({ length: Math.ceil(bytes / piece.length) }, () => piece));
  floods.set(piece.length, flood);
  return flood;
}

let lastId = 0;

/** Comes, gets as far as this phase, and goes. */
export async function abortOnce(
  phase: AbortPhase,
  at: number,
  { port, ca, upstream }: { readonly port: number; readonly ca: string; readonly upstream: AbortUpstream },
): Promise<void> {
  if (phase === 'handshake') {
    const socket = connectTcp(port, '127.0.0.1');
    socket.on('error', () => socket.destroy());
    await once(socket, 'connect');
    // The beginning of a TLS record, every other time.
    if (at % 2 === 0) socket.write(Buffer.from([22, 3, 1, 0]));
    socket.destroy();
    return;
  }
  const id = String(++lastId);
  const encoding = at % 2 === 0 ? 'json' : 'protobuf';
  const arrived = new Promise<void>((resolve) => upstream.onArrival(id, resolve));
  const req = begin(phase, id, { port, ca, headers: { accept: ACCEPT[encoding] } });
  // Not once(): that one rejects on the error that a client's own going is.
  const closed = new Promise((resolve) => req.once('close', resolve));
  await reach(phase, req, arrived);
  req.destroy();
  await closed;
}

function begin(phase: AbortPhase, id: string, options: RequestOptions): ClientRequest {
  const isUpload = phase === 'upload';
  const watch = phase === 'list' || isUpload ? '' : 'watch=1&resourceVersion=10&';
  const req = httpsRequest({
    ...options,
    host: '127.0.0.1',
    agent: false,
    method: isUpload ? 'POST' : 'GET',
    path: `/api/v1/nodes?${watch}phase=${phase}&id=${id}`,
  });
  req.on('error', () => undefined);
  if (isUpload) req.write('{"the first half of a body":');
  else req.end();
  return req;
}

async function reach(phase: AbortPhase, req: ClientRequest, arrived: Promise<void>): Promise<void> {
  if (phase === 'connecting') {
    // The head has left for the proxy, which has nobody to send it to.
    await once(req, 'finish');
    for (let turns = 0; turns < 3; turns++) await turn();
    return;
  }
  if (phase === 'headers' || phase === 'upload') {
    await arrived;
    return;
  }
  const [response] = (await once(req, 'response')) as [IncomingMessage];
  response.on('error', () => undefined);
  const [chunk] = (await once(response, 'data')) as [Buffer];
  assert.equal(response.statusCode, 200, `${phase}: ${chunk.toString()}`);
  if (phase !== 'blocked') return;
  response.pause();
  for (let turns = 0; turns < 10; turns++) await turn();
}
