/** Every metric of the program with its labels, and every value that a label can have: what dashboards are written against. */
import { MODES } from '../../src/core/projection/filter.ts';
import { REASONS, VERDICTS } from '../../src/core/sieve/verdict.ts';
import { CONNECTION_BOUNDS } from '../../src/platform/listen/connection-limits.ts';
import { SERVE_LISTENERS, WEBHOOK_LISTENERS } from '../../src/platform/listen/connection-metrics.ts';
import { END_CAUSES } from '../../src/serve/telemetry/end-cause.ts';
import { CONFIG_RELOADS } from '../../src/serve/config-reload.ts';
import { GUEST_LIMITS } from '../../src/serve/proxy/guests.ts';
import { BASELINE_SOURCES, LIST_RESULTS } from '../../src/serve/watch/watch-metrics.ts';
import { OBJECT_RESULTS, VERIFICATION_RESULTS } from '../../src/serve/verify/verification-metrics.ts';
import { DIRECT_REASONS, SELECTED_TARGETS } from '../../src/serve/hub-first/selection.ts';
import { COMPARING_RESULTS } from '../../src/serve/share/comparing.ts';
import { FOLLOWING_RESULTS } from '../../src/serve/share/following.ts';
import { READER_ENDS } from '../../src/serve/share/readers.ts';
import { SHARE_RESULTS } from '../../src/serve/share/share.ts';
import { EPOCH_ENDS } from '../../src/core/hub/epoch.ts';
import { GRANT_RESULTS } from '../../src/serve/grants/grants.ts';
import { REVIEW_RESULTS } from '../../src/install/webhook/review-result.ts';
import { BUNDLE_WRITE_RESULTS, UPKEEP_RESULTS } from '../../src/install/webhook/upkeep.ts';
import { EVENT_TYPES } from '../../src/core/codec/watch-event.ts';

/** Name → type and label names, as dashboards are written against them. */
export const METRICS: Readonly<Record<string, readonly [type: string, ...labels: string[]]>> = {
  watchsieve_events_received_total: ['counter', 'resource', 'type'],
  watchsieve_events_total: ['counter', 'resource', 'type', 'verdict', 'reason'],
  watchsieve_event_bytes_received_total: ['counter', 'resource'],
  watchsieve_event_bytes_total: ['counter', 'resource', 'verdict'],
  watchsieve_ready: ['gauge'],
  watchsieve_streams: ['gauge', 'resource'],
  watchsieve_streams_verbatim: ['gauge', 'resource'],
  watchsieve_streams_ended_total: ['counter', 'resource', 'cause'],
  watchsieve_upstream_requests_total: ['counter', 'code'],
  watchsieve_upstream_connections: ['gauge'],
  watchsieve_upstream_selected_total: ['counter', 'target', 'reason'],
  watchsieve_upstream_hub_watches: ['gauge'],
  watchsieve_added_latency_seconds: ['histogram'],
  watchsieve_bookmarks_synthesized_total: ['counter'],
  watchsieve_held_frames_released_total: ['counter'],
  watchsieve_progress_lag_seconds: ['gauge'],
  watchsieve_stream_queue_bytes: ['gauge'],
  watchsieve_explain_bytes: ['gauge'],
  watchsieve_explain_bytes_limit: ['gauge'],
  watchsieve_memo_bytes: ['gauge'],
  watchsieve_memo_bytes_limit: ['gauge'],
  watchsieve_budget_bytes: ['gauge'],
  watchsieve_budget_bytes_limit: ['gauge'],
  watchsieve_refused_total: ['counter', 'limit'],
  watchsieve_connections_ended_total: ['counter', 'listener', 'bound'],
  watchsieve_baselines_adopted_total: ['counter', 'source'],
  watchsieve_lists_total: ['counter', 'result'],
  watchsieve_verifications_total: ['counter', 'result'],
  watchsieve_verified_objects_total: ['counter', 'result'],
  watchsieve_config_reloads_total: ['counter', 'result'],
  watchsieve_config_file_valid: ['gauge'],
  watchsieve_serving_certificate_expiry_timestamp_seconds: ['gauge'],
  watchsieve_hub_requests_total: ['counter', 'result'],
  watchsieve_hub_readers: ['gauge'],
  watchsieve_hub_readers_ended_total: ['counter', 'cause'],
  watchsieve_hub_feeds: ['gauge'],
  watchsieve_hub_objects: ['gauge'],
  watchsieve_hub_feed_bytes: ['gauge'],
  watchsieve_hub_feed_bytes_limit: ['gauge'],
  watchsieve_hub_feed_silence_seconds: ['gauge'],
  watchsieve_hub_feed_requests_total: ['counter', 'result'],
  watchsieve_hub_epochs_ended_total: ['counter', 'cause'],
  watchsieve_hub_comparisons_total: ['counter', 'result'],
  watchsieve_grants: ['gauge'],
  watchsieve_grants_total: ['counter', 'result'],
  watchsieve_build_info: ['gauge', 'version', 'preset', 'mode', 'nodejs'],
};

/** Label → the values it can have; a label that is not here has values of its own kind, such as a version. */
export const CLOSED_SETS: Readonly<Record<string, readonly string[]>> = {
  resource: ['nodes'],
  type: EVENT_TYPES,
  verdict: VERDICTS,
  reason: [...REASONS, 'shared', ...DIRECT_REASONS],
  target: SELECTED_TARGETS,
  cause: [...END_CAUSES, ...READER_ENDS, ...EPOCH_ENDS],
  source: BASELINE_SOURCES,
  limit: GUEST_LIMITS,
  listener: [...SERVE_LISTENERS, ...WEBHOOK_LISTENERS],
  bound: CONNECTION_BOUNDS,
  mode: MODES,
  result: [
    ...LIST_RESULTS,
    ...VERIFICATION_RESULTS,
    ...OBJECT_RESULTS,
    ...CONFIG_RELOADS,
    ...SHARE_RESULTS,
    ...FOLLOWING_RESULTS,
    ...COMPARING_RESULTS,
    ...GRANT_RESULTS,
  ],
};

/** Those of `watchsieve webhook`, which has a registry of its own. */
export const WEBHOOK_METRICS: Readonly<Record<string, readonly [type: string, ...labels: string[]]>> = {
  watchsieve_webhook_reviews_total: ['counter', 'result'],
  watchsieve_webhook_review_duration_seconds: ['histogram'],
  watchsieve_webhook_ca_bundle_writes_total: ['counter', 'result'],
  watchsieve_webhook_upkeep_total: ['counter', 'result'],
  watchsieve_connections_ended_total: ['counter', 'listener', 'bound'],
  watchsieve_webhook_ready: ['gauge'],
  watchsieve_webhook_serving_certificate_expiry_timestamp_seconds: ['gauge'],
  watchsieve_webhook_ca_expiry_timestamp_seconds: ['gauge'],
};

/** Metric → the values of its label `result`. */
export const WEBHOOK_RESULTS: Readonly<Record<string, readonly string[]>> = {
  watchsieve_webhook_reviews_total: REVIEW_RESULTS,
  watchsieve_webhook_ca_bundle_writes_total: BUNDLE_WRITE_RESULTS,
  watchsieve_webhook_upkeep_total: UPKEEP_RESULTS,
};
