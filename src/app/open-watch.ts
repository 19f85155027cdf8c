/** Turns a filtered watch that upstream has answered into a stream: chooses encoding, projection and initial phase. */
import { END_CAUSES } from '../telemetry/end-cause.ts';
import { describeStream } from '../stream/describe.ts';
import { type StreamRegistry } from '../stream/stream-registry.ts';
import { WatchStream } from '../stream/watch-stream.ts';
import { type Settings } from '../config/settings.ts';
import { valuesOf } from '../proxy/headers.ts';
import { type OpenWatch, type WatchOpening } from '../proxy/watch-hook.ts';
import { initialPhaseOf } from '../sieve/initial-phase.ts';
import { planOf } from '../sieve/presets.ts';
import { type Logger } from '../telemetry/logger.ts';
import { type Metrics } from '../telemetry/metrics.ts';
import { encodingOf } from '../wire/encoding.ts';

export interface OpenWatchOptions {
  readonly settings: Pick<Settings, 'preset' | 'mode' | 'maxFrameBytes'>;
  readonly streams: StreamRegistry;
  readonly metrics: Metrics;
  readonly log: Logger;
  /** Monotonic milliseconds. */
  readonly now: () => number;
}

/** Only an answer with status 200 is a stream; every other one passes through unchanged. */
export function createOpenWatch(options: OpenWatchOptions): OpenWatch {
  return (opening) => (opening.head.statusCode === 200 ? openStream(options, opening) : undefined);
}

function openStream(
  { settings, streams, metrics, log, now }: OpenWatchOptions,
  opening: WatchOpening,
): WatchStream {
  const { classified, head, exchange, requestHeaders, res } = opening;
  const { query, name, resource } = classified;
  const header = (wanted: string): string | undefined => valuesOf(head.headers, wanted)[0];
  const stream = new WatchStream({
    scope: {
      id: streams.nextId(),
      resource,
      client: requestHeaders['user-agent'] ?? '',
      address: `${res.socket?.remoteAddress ?? ''}:${res.socket?.remotePort ?? ''}`,
      object: name,
      labelSelector: query.labelSelector,
      fieldSelector: query.fieldSelector,
      resourceVersion: query.resourceVersion,
    },
    encoding: encodingOf(header('content-type'), header('content-encoding')),
    plan: planOf(settings.preset),
    phase: initialPhaseOf(query),
    mode: settings.mode,
    maxFrameBytes: settings.maxFrameBytes,
    response: res,
    source: exchange,
    tally: metrics.events,
    now,
    onLatency: (ms) => metrics.observeLatency(ms),
    onEnd: (ended, cause) => {
      streams.remove(ended, cause);
      log.info({ ...describeStream(ended), cause }, 'stream ended');
    },
  });
  streams.add(stream);
  const { scope, encoding } = stream;
  log.info(
    { stream: scope.id, ...scope, encoding, preset: settings.preset, mode: settings.mode },
    'stream opened',
  );
  return stream;
}

/** What the metrics read of the streams. */
export function streamSources(streams: StreamRegistry) {
  return { openStreams: () => streams.size, endCauses: END_CAUSES, endedBy: streams.endedBy.bind(streams) };
}
