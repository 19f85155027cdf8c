/** The metrics of a hub. All labels have closed sets of values; none comes from a caller. */
import { EPOCH_ENDS } from '../../core/hub/epoch.ts';
import type { MetricRegistry } from '../../platform/metric-registry.ts';
import { COMPARING_RESULTS } from './comparing.ts';
import { FOLLOWING_RESULTS } from './following.ts';
import { READER_ENDS } from './readers.ts';
import { type ShareEvents, SHARE_RESULTS } from './share.ts';
import { MAX_FEED_BYTES, MAX_FEEDS, type SharedFeeds, type SharedFeedsOptions } from './shared-feeds.ts';

export type ShareCounts = SharedFeedsOptions['events'] & ShareEvents;

export function shareCounts(registry: MetricRegistry): ShareCounts {
  const onResult = registry.closedCounter(
    'watchsieve_hub_requests_total',
    'Requests to a hub by result: a list or a watch from memory, or the reason why memory had no answer.',
    { label: 'result', words: SHARE_RESULTS },
  );
  const onWatchEnd = registry.closedCounter(
    'watchsieve_hub_readers_ended_total',
    'Watches from memory that ended, by cause.',
    { label: 'cause', words: READER_ENDS },
  );
  const onEpochOver = registry.closedCounter(
    'watchsieve_hub_epochs_ended_total',
    'Feeds that had to start again, by cause.',
    { label: 'cause', words: EPOCH_ENDS },
  );
  const onFollowing = registry.closedCounter(
    'watchsieve_hub_feed_requests_total',
    'LISTs and watches that feeds send to the API server, by result.',
    { label: 'result', words: FOLLOWING_RESULTS },
  );
  const onCompared = registry.closedCounter(
    'watchsieve_hub_comparisons_total',
    'Comparisons of the objects of a feed with those of upstream at the same resourceVersion, by result.',
    { label: 'result', words: COMPARING_RESULTS },
  );
  return { onResult, onWatchEnd, onEpochOver, onFollowing, onCompared };
}

export function readFeeds(registry: MetricRegistry, feeds: SharedFeeds): void {
  const sum = (of: (feed: ReturnType<SharedFeeds['all']>[number]) => number) => () =>
    feeds.all().reduce((total, feed) => total + of(feed), 0);
  registry.read('watchsieve_hub_feeds', 'Feeds that are kept up.', () => feeds.all().length);
  registry.read(
    'watchsieve_hub_readers',
    'Watches that are answered from memory now.',
    sum(({ readers }) => readers.size),
  );
  registry.read(
    'watchsieve_hub_objects',
    'Objects that feeds hold.',
    sum(({ objects }) => objects),
  );
  registry.readBytes(
    'watchsieve_hub_feed_bytes',
    'Bytes that feeds hold: objects, journals, lists that are being sent.',
    { now: sum(({ bytes }) => bytes), limit: MAX_FEEDS * MAX_FEED_BYTES },
  );
  registry.read(
    'watchsieve_hub_feed_silence_seconds',
    'The longest time for which a feed has received nothing from the API server, which sends a bookmark about every minute.',
    () => Math.max(0, ...feeds.all().map(({ silenceMs }) => silenceMs)) / 1000,
  );
}
