/**
 * Every fault of upstream and of clients, and what the other side then sees (R5, R9, R10, R42). This table is the
 * test (faults.test.ts) and the documentation (docs/faults.md): a row that is not true fails.
 */
import type { EndCause } from '../../src/serve/telemetry/end-cause.ts';

/** HTTP versions to upstream. */
export const HTTP_VERSIONS = ['1.1', '2'] as const;
export type HttpVersion = (typeof HTTP_VERSIONS)[number];

interface Row {
  readonly id: string;
  readonly fault: string;
  /** What really happens in the test. */
  readonly happens: string;
  /** Where it cannot happen over every version. */
  readonly only?: HttpVersion;
}

/** What client-go's reflector does next: goes on with a watch from its resourceVersion, or lists everything again. */
export type Next = 'watch' | 'list';

/** Faults before upstream's answer, and answers that are faults. */
interface AnswerRow extends Row {
  readonly phase: 'connecting' | 'waiting for headers' | 'answer';
  /** Our own answer to a watch and to a LIST, or upstream's, unchanged in status, headers and body. */
  readonly answer: 'ours' | 'unchanged';
  /** Of the watch. */
  readonly next: Next;
}

export const ANSWER_FAULTS = [
  {
    id: 'refused',
    phase: 'connecting',
    fault: 'connection refused',
    happens: 'nobody listens on the port',
    answer: 'ours',
    next: 'watch',
  },
  {
    id: 'dns',
    phase: 'connecting',
    fault: 'name not found',
    happens: "the API server's name cannot be resolved",
    answer: 'ours',
    next: 'watch',
  },
  {
    id: 'tls',
    phase: 'connecting',
    fault: 'TLS mismatch',
    happens: 'another authority has issued the certificate',
    answer: 'ours',
    next: 'watch',
  },
  {
    id: 'silent',
    phase: 'connecting',
    fault: 'black hole while connecting',
    happens: 'TCP is accepted, and nothing is ever said',
    answer: 'ours',
    next: 'watch',
  },
  {
    id: 'not-http',
    phase: 'waiting for headers',
    fault: 'malformed HTTP',
    happens: 'bytes that are neither HTTP/1.1 nor HTTP/2',
    answer: 'ours',
    next: 'watch',
  },
  {
    id: 'hang-up',
    phase: 'waiting for headers',
    fault: 'hang-up',
    happens: 'the connection is closed when the request has come',
    answer: 'ours',
    next: 'watch',
  },
  {
    id: 'stream-reset',
    phase: 'waiting for headers',
    fault: 'stream reset',
    happens: 'RST_STREAM INTERNAL_ERROR when the request has come',
    only: '2',
    answer: 'ours',
    next: 'watch',
  },
  {
    id: 'black-hole-headers',
    phase: 'waiting for headers',
    fault: 'black hole',
    happens: 'no more packets either way; noticed by PING',
    only: '2',
    answer: 'ours',
    next: 'watch',
  },
  {
    id: 'drain-headers',
    phase: 'waiting for headers',
    fault: 'drain of the sidecar',
    happens: 'SIGTERM while upstream has not answered',
    answer: 'ours',
    next: 'watch',
  },
  {
    id: 'status-410',
    phase: 'answer',
    fault: '410 Gone',
    happens: 'a Status with reason Expired',
    answer: 'unchanged',
    next: 'list',
  },
  {
    id: 'status-429',
    phase: 'answer',
    fault: '429 with Retry-After',
    happens: 'text/plain, `Retry-After: 5`, as an API server that shuts down sends',
    answer: 'unchanged',
    next: 'watch',
  },
  {
    id: 'status-500',
    phase: 'answer',
    fault: '500',
    happens: 'a Status with reason InternalError, no Retry-After',
    answer: 'unchanged',
    next: 'list',
  },
  {
    id: 'status-503',
    phase: 'answer',
    fault: '503 with Retry-After',
    happens: 'a Status, `Retry-After: 1`; the next request is answered',
    answer: 'unchanged',
    next: 'watch',
  },
  {
    id: 'status-503-bare',
    phase: 'answer',
    fault: '503 without Retry-After',
    happens: 'text/plain, as a load balancer sends',
    answer: 'unchanged',
    next: 'list',
  },
  {
    id: 'status-504',
    phase: 'answer',
    fault: '504',
    happens: 'a Status with reason Timeout, no Retry-After',
    answer: 'unchanged',
    next: 'list',
  },
] as const satisfies readonly AnswerRow[];

/** Faults of a running stream, on which events were forwarded and a later one swallowed. */
interface StreamRow extends Row {
  /** How the stream looks to the client: ended as by the API server itself, or not ended at all. */
  readonly client: 'clean end' | 'goes on';
  /** What comes last: our own bookmark or the held frame, or what upstream sent last. */
  readonly last: 'progress' | "upstream's";
  /** In `watchsieve_streams_ended_total`. */
  readonly cause?: EndCause;
  readonly next?: Next;
}

export const STREAM_FAULTS = [
  {
    id: 'end',
    fault: 'end',
    happens: 'the response ends behind a whole frame',
    client: 'clean end',
    last: 'progress',
    cause: 'upstream_end',
    next: 'watch',
  },
  {
    id: 'end-in-frame',
    fault: 'end inside a frame',
    happens:
      'the response ends after byte k of a frame, such as inside the length prefix, inside UTF-8, or before the last byte',
    client: 'clean end',
    last: 'progress',
    cause: 'upstream_error',
    next: 'watch',
  },
  {
    id: 'end-before-line-feed',
    fault: 'end before the last line feed',
    happens: 'the response ends before the line feed of the last frame; protobuf has none',
    client: 'clean end',
    last: "upstream's",
    cause: 'upstream_end',
    next: 'watch',
  },
  {
    id: 'lost',
    fault: 'connection lost between frames',
    happens: 'the connection is closed without an end of the response',
    client: 'clean end',
    last: 'progress',
    cause: 'upstream_error',
    next: 'watch',
  },
  {
    id: 'lost-in-frame',
    fault: 'connection lost inside a frame',
    happens: 'the same after byte k',
    client: 'clean end',
    last: 'progress',
    cause: 'upstream_error',
    next: 'watch',
  },
  {
    id: 'reset',
    fault: 'reset between frames',
    happens: 'TCP RST; over HTTP/2 RST_STREAM INTERNAL_ERROR',
    client: 'clean end',
    last: 'progress',
    cause: 'upstream_error',
    next: 'watch',
  },
  {
    id: 'reset-in-frame',
    fault: 'reset inside a frame',
    happens: 'the same after byte k',
    client: 'clean end',
    last: 'progress',
    cause: 'upstream_error',
    next: 'watch',
  },
  {
    id: 'malformed',
    fault: 'malformed HTTP in the body',
    happens: 'a chunk without a size; over HTTP/2 bytes that are no TLS record',
    client: 'clean end',
    last: 'progress',
    cause: 'upstream_error',
    next: 'watch',
  },
  {
    id: 'black-hole',
    fault: 'black hole',
    happens: 'no more packets either way; noticed by PING (over HTTP/1.1 by the kernel)',
    only: '2',
    client: 'clean end',
    last: 'progress',
    cause: 'upstream_dead',
    next: 'watch',
  },
  {
    id: 'goaway',
    fault: 'GOAWAY',
    happens: 'GOAWAY NO_ERROR: the stream goes on, the next request takes another connection',
    only: '2',
    client: 'goes on',
    last: "upstream's",
  },
  {
    id: 'stall',
    fault: 'stall inside a frame, then more',
    happens: 'nothing comes after byte k for a while, then the rest',
    client: 'goes on',
    last: "upstream's",
  },
  {
    id: 'error-410',
    fault: '410 as an event',
    happens: 'an ERROR event with an Expired Status, then the end',
    client: 'clean end',
    last: "upstream's",
    cause: 'upstream_end',
    next: 'list',
  },
  {
    id: 'error-500',
    fault: '500 as an event',
    happens: 'an ERROR event with an InternalError Status, then the end',
    client: 'clean end',
    last: "upstream's",
    cause: 'upstream_end',
    next: 'list',
  },
  {
    id: 'deadline',
    fault: 'timeoutSeconds has passed',
    happens: 'upstream does not end the watch; 30 s later we do',
    client: 'clean end',
    last: 'progress',
    cause: 'deadline',
    next: 'watch',
  },
  {
    id: 'drain',
    fault: 'drain of the sidecar',
    happens: 'SIGTERM',
    client: 'clean end',
    last: 'progress',
    cause: 'drain',
    next: 'watch',
  },
] as const satisfies readonly StreamRow[];

/** Streams that end within a second of their request: client-go lists again if it has counted no event by then. */
interface ShortRow extends Row {
  readonly last: 'progress' | 'none';
  readonly cause: EndCause;
  readonly next: Next;
}

export const SHORT_STREAMS = [
  {
    id: 'short-swallowed',
    fault: 'end after heartbeats alone',
    happens: 'every event so far was swallowed: the bookmark or the held frame counts as an event',
    last: 'progress',
    cause: 'upstream_end',
    next: 'watch',
  },
  {
    id: 'short-lost',
    fault: 'connection lost after heartbeats alone',
    happens: 'the same, without an end of the response',
    last: 'progress',
    cause: 'upstream_error',
    next: 'watch',
  },
  {
    id: 'short-empty',
    fault: 'end without any event',
    happens: 'as without the sidecar',
    last: 'none',
    cause: 'upstream_end',
    next: 'list',
  },
  {
    id: 'short-drain',
    fault: 'drain without any event',
    happens: 'SIGTERM right after the watch began: its end waits until the second is over',
    last: 'none',
    cause: 'drain',
    next: 'watch',
  },
] as const satisfies readonly ShortRow[];

/** Faults in the middle of a LIST. The client sees a body that is not whole, lists again, and no snapshot is left. */
interface ListRow extends Row {
  readonly client: 'broken';
}

export const LIST_FAULTS = [
  {
    id: 'list-lost',
    fault: 'restart of upstream',
    happens: 'the connection is closed in the middle of the list',
    client: 'broken',
  },
  {
    id: 'list-reset',
    fault: 'reset',
    happens: 'TCP RST; over HTTP/2 RST_STREAM INTERNAL_ERROR',
    client: 'broken',
  },
] as const satisfies readonly ListRow[];

/** What clients do. Upstream hears of it within a second (R10), and other streams do not notice. */
interface ClientRow extends Row {
  readonly upstream: 'request aborted' | 'connection attempt left to the next request' | 'held up';
  /** None where no stream had begun. */
  readonly cause?: EndCause;
}

export const CLIENT_FAULTS = [
  {
    id: 'gone-connecting',
    fault: 'gone while we connect',
    happens: 'the client closes its connection; upstream never answers the handshake',
    upstream: 'connection attempt left to the next request',
  },
  {
    id: 'gone-headers',
    fault: 'gone while upstream has not answered',
    happens: 'the client closes its connection',
    upstream: 'request aborted',
  },
  {
    id: 'gone-idle',
    fault: 'gone between frames',
    happens: 'the client closes its connection',
    upstream: 'request aborted',
    cause: 'client_gone',
  },
  {
    id: 'gone-in-frame',
    fault: 'gone inside a frame',
    happens: 'the same, when half a frame has come from upstream',
    upstream: 'request aborted',
    cause: 'client_gone',
  },
  {
    id: 'reset-by-client',
    fault: 'reset by the client',
    happens: 'TCP RST between frames',
    upstream: 'request aborted',
    cause: 'client_gone',
  },
  {
    id: 'gone-blocked',
    fault: 'gone while it does not read',
    happens: 'the client closes its connection when back-pressure has reached upstream',
    upstream: 'request aborted',
    cause: 'client_gone',
  },
  {
    id: 'not-reading',
    fault: 'does not read',
    happens: 'upstream sends as fast as it can; another watch goes on meanwhile',
    upstream: 'held up',
  },
] as const satisfies readonly ClientRow[];

export type AnswerFault = (typeof ANSWER_FAULTS)[number];
export type StreamFault = (typeof STREAM_FAULTS)[number];
export type ShortStream = (typeof SHORT_STREAMS)[number];
export type ListFault = (typeof LIST_FAULTS)[number];
export type ClientFault = (typeof CLIENT_FAULTS)[number];

/** Whether a fault can happen over this version. */
export function happensOver(row: Row, http: HttpVersion): boolean {
  return row.only === undefined || row.only === http;
}
