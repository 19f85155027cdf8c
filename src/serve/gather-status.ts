/** Gathers the content of the status page on request. Only reads; the cost is proportional to the answer. */
import { performance } from 'node:perf_hooks';
import type { EventCounts, SettingStatus, Status, StreamStatus } from './admin/status.ts';
import { SETTING_FIELDS, SETTINGS } from '../config/settings.ts';
import { describeStream } from './watch/describe.ts';
import type { WatchStream } from './watch/watch-stream.ts';
import type { EventTally } from './telemetry/event-tally.ts';
import type { ConfigReload } from './config-reload.ts';
import { eventCounts, HISTORY_SECONDS } from './report/event-history.ts';
import { noisiest } from './report/noisiest.ts';
import type { Parts } from './parts.ts';
import { realChanges } from './report/real-changes.ts';
import { version } from '../platform/version.ts';

/** The most entries that are shown of each list. */
const MOST = { streams: 100, noisy: 10, changes: 10 };

export interface StatusSource {
  readonly parts: Parts;
  /** The same description as in `/debug/config`. */
  readonly upstream: string;
}

export function statusOf({ parts, upstream }: StatusSource): Status {
  const { health, history, metrics, reload, streams, share, hub } = parts;
  const events = metrics.events.total();
  const now = { monotonic: performance.now(), wall: Date.now() };
  const open = streams.open();
  const stories = streams.stories();
  const { settings } = reload.current;
  return {
    version,
    time: new Date(now.wall).toISOString(),
    uptimeSeconds: history.uptimeSeconds,
    state: health.state,
    checks: health.checks(),
    upstream,
    mode: settings.mode,
    preset: settings.projection.name,
    sieved: metrics.events.resources,
    events: eventCounts(events),
    bytes: byteCounts(events),
    wakeUpsSpared: Math.max(0, events.eventsOf('swallowed') - metrics.heldFramesReleased),
    verdicts: [...events.counts()].map(({ count, ...verdict }) => ({ ...verdict, events: count })),
    rates: history.rates(),
    history: history.points(),
    historySeconds: HISTORY_SECONDS,
    streams: open.slice(0, MOST.streams).map(streamStatus),
    moreStreams: Math.max(0, open.length - MOST.streams),
    noisiest: noisiest(stories, now.monotonic, MOST.noisy),
    changes: realChanges(stories, now, MOST.changes),
    hub: share?.description ?? null,
    askedHubs: hub?.description ?? null,
    settings: settingsOf(reload),
  };
}

function byteCounts(tally: EventTally): EventCounts {
  return {
    received: tally.bytesReceived,
    forwarded: tally.bytesOf('forwarded'),
    swallowed: tally.bytesOf('swallowed'),
    wouldSwallow: tally.bytesOf('would_swallow'),
  };
}

function streamStatus(stream: WatchStream): StreamStatus {
  return {
    ...describeStream(stream),
    ...eventCounts(stream.tally),
    lagSeconds: Math.round(stream.lagMs) / 1000,
    queuedBytes: stream.queuedBytes,
  };
}

function settingsOf(reload: ConfigReload): SettingStatus[] {
  const { settings, sources } = reload.current;
  return SETTING_FIELDS.map((field) => ({
    setting: field,
    flag: SETTINGS[field].flag,
    value: settings[field] ?? null,
    source: sources[field] ?? 'default',
  }));
}
