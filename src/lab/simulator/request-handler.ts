/** Answers the requests of the simulated API. Owns methods, access and headers; watches have their own class. */
import { ServerResponse } from 'node:http';
import type { Http2ServerRequest, Http2ServerResponse } from 'node:http2';
import {
  ApiError,
  listForbidden,
  methodNotAllowed,
  noSuchResource,
  objectNotFound,
  unauthorized,
  unsupportedMediaType,
} from './api-error.ts';
import { keyOf } from './api-object.ts';
import { type Encoder, ENCODERS, encodersOf } from './encoding.ts';
import { listObjects } from './list-objects.ts';
import { negotiateEncoding } from './negotiate.ts';
import { parseRoute } from './route.ts';
import { parseWatchOptions } from './watch-options.ts';
import { WatchStream } from './watch-stream.ts';
import type { Kind } from './kind.ts';
import type { ObjectStore } from './object-store.ts';
import type { Route } from './route.ts';
import type { Timers } from './timers.ts';

/** What the handler works with. */
export interface RequestHandlerOptions {
  readonly store: ObjectStore;
  readonly timers: Timers;
  readonly bookmarkIntervalMs: number;
  /** The only bearer token accepted; undefined lets everyone in. */
  readonly token: string | undefined;
  /** Whether LISTs are allowed now. */
  readonly mayList: () => boolean;
  /** Running watches; the handler adds and removes them. */
  readonly watches: Set<WatchStream>;
  /** Called with each request before it is answered. */
  readonly onRequest: (route: Route, request: Http2ServerRequest) => void;
}

/**
 * Typed for HTTP/2. A request that came by HTTP/1.1 has node:http's classes, which agree in everything
 * used here.
 */
export type RequestHandler = (request: Http2ServerRequest, response: Http2ServerResponse) => void;

/** One request and everything needed to answer it. */
interface Exchange {
  readonly options: RequestHandlerOptions;
  readonly request: Http2ServerRequest;
  readonly response: Http2ServerResponse;
}

const PATCH_TYPES = /^application\/(merge-patch|strategic-merge-patch)\+json\b/;
const MAX_PATCH_BYTES = 1024 * 1024;

/** Makes the handler for a server's `request` event. */
export function createRequestHandler(options: RequestHandlerOptions): RequestHandler {
  return (request, response) => {
    // A client that goes away shows as an error here first; `close` follows and cleans up.
    request.on('error', () => undefined);
    response.on('error', () => undefined);
    const exchange: Exchange = { options, request, response };
    answer(exchange).catch((error: unknown) => sendError(exchange, error));
  };
}

async function answer(exchange: Exchange): Promise<void> {
  const { options, request } = exchange;
  const route = parseRoute(request.url);
  options.onRequest(route, request);
  // The role `system:public-info-viewer` lets everyone read the version and the health checks.
  const isPublic = route.kind === 'health' || request.url === '/version';
  if (
    options.token !== undefined &&
    !isPublic &&
    request.headers.authorization !== `Bearer ${options.token}`
  ) {
    throw unauthorized();
  }
  if (route.kind === 'unknown') throw noSuchResource();
  if (route.kind === 'object' && request.method === 'PATCH') return patchObject(exchange, route);
  if (request.method !== 'GET') throw methodNotAllowed();
  switch (route.kind) {
    case 'health':
      send(exchange, 200, 'text/plain; charset=utf-8', Buffer.from('ok'));
      break;
    case 'document':
      send(exchange, 200, 'application/json', Buffer.from(`${JSON.stringify(route.document)}\n`));
      break;
    case 'list':
      sendList(exchange, route);
      break;
    case 'watch':
      watchObjects(exchange, route);
      break;
    case 'object':
      getObject(exchange, route);
      break;
  }
}

type RouteOf<K extends Route['kind']> = Extract<Route, { kind: K }>;

function encoderFor({ request }: Exchange, kind: Kind): Encoder {
  return encodersOf(kind)[negotiateEncoding(request.headers.accept)];
}

function sendList(exchange: Exchange, { selection }: RouteOf<'list'>): void {
  const { kind, namespace } = selection;
  if (!exchange.options.mayList()) throw listForbidden(kind.resource, namespace);
  const encoder = encoderFor(exchange, kind);
  const { resourceVersion, objects, next } = listObjects(exchange.options.store, selection);
  send(exchange, 200, encoder.contentType, encoder.list(String(resourceVersion), objects, next));
}

function keyFor({ of, namespace, name }: RouteOf<'object'>): string {
  return keyOf(of.resource.namespaced ? { namespace, name } : { name });
}

function getObject(exchange: Exchange, route: RouteOf<'object'>): void {
  const encoder = encoderFor(exchange, route.of);
  const object = exchange.options.store.object(route.of, keyFor(route));
  if (object === undefined) throw objectNotFound(route.of.resource, route.name);
  send(exchange, 200, encoder.contentType, encoder.object(object));
}

async function patchObject(exchange: Exchange, route: RouteOf<'object'>): Promise<void> {
  const { store } = exchange.options;
  const kind = route.of;
  const encoder = encoderFor(exchange, kind);
  if (kind.patch === undefined) throw methodNotAllowed();
  if (!PATCH_TYPES.test(exchange.request.headers['content-type'] ?? '')) throw unsupportedMediaType();
  const body = await readBody(exchange.request);
  const key = keyFor(route);
  if (store.object(kind, key) === undefined) throw objectNotFound(kind.resource, route.name);
  const patched = store.change(kind, key, (object) => kind.patch?.(object, body) ?? object);
  send(exchange, 200, encoder.contentType, encoder.object(patched));
}

function watchObjects(
  { options, request, response }: Exchange,
  { selection, isLegacyPath }: RouteOf<'watch'>,
): void {
  const encoding = negotiateEncoding(request.headers.accept);
  const watch = new WatchStream(
    {
      store: options.store,
      kind: selection.kind,
      timers: options.timers,
      bookmarkIntervalMs: options.bookmarkIntervalMs,
      encoding,
      options: parseWatchOptions(selection, isLegacyPath),
    },
    response,
  );
  response.writeHead(200, headersFor(ENCODERS[encoding].watchContentType));
  flushHeaders(response);
  options.watches.add(watch);
  response.once('close', () => options.watches.delete(watch));
  watch.start();
}

/** A watcher must learn that its watch began, however long nothing happens. HTTP/2 needs no flush. */
function flushHeaders(response: Http2ServerResponse | ServerResponse): void {
  if (response instanceof ServerResponse) response.flushHeaders();
}

async function readBody(request: Http2ServerRequest): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request) {
    if (!Buffer.isBuffer(chunk)) continue;
    bytes += chunk.length;
    if (bytes > MAX_PATCH_BYTES) throw unsupportedMediaType();
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}

function headersFor(contentType: string): Record<string, string> {
  return { 'cache-control': 'no-cache, private', 'content-type': contentType };
}

function send({ response }: Exchange, code: number, contentType: string, body: Buffer): void {
  response.writeHead(code, { ...headersFor(contentType), 'content-length': String(body.length) });
  response.end(body);
}

function sendError(exchange: Exchange, error: unknown): void {
  if (exchange.response.headersSent) {
    exchange.response.destroy(error instanceof Error ? error : new Error(String(error)));
    return;
  }
  const status =
    error instanceof ApiError
      ? error.status
      : {
          message: error instanceof Error ? error.message : String(error),
          reason: 'InternalError',
          code: 500,
        };
  const encoder = ENCODERS[encodingForErrors(status.code, exchange.request.headers.accept)];
  send(exchange, status.code, encoder.contentType, encoder.status(status));
}

/** The server answers 401 and 406 in JSON whatever was accepted. */
function encodingForErrors(code: number, accept: string | undefined): 'json' | 'protobuf' {
  return code === 401 || code === 406 ? 'json' : negotiateEncoding(accept);
}
