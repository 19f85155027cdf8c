/**
 * Histories of metrics, one sample a minute, and whether an alert fires in them. Values are promtool's
 * notation: `1x5` is 1 and five times 1 more, `0+10x5` is 0, 10, 20, ... 50.
 */

export interface AlertCase {
  readonly alert: string;
  /** A sentence about what has happened. */
  readonly when: string;
  /** Values by metric name and own labels; those of the scraped Pod are added. */
  readonly series: Readonly<Record<string, string>>;
  /** Minutes at which the alert is looked at. */
  readonly firesAt?: readonly number[];
  readonly silentAt?: readonly number[];
}

const SWALLOWED = 'watchsieve_events_total{type="MODIFIED",verdict="swallowed",reason="unchanged"}';
const WOULD_SWALLOW = 'watchsieve_events_total{type="MODIFIED",verdict="would_swallow",reason="unchanged"}';
const MODIFIED = 'watchsieve_events_received_total{type="MODIFIED"}';
const UNDECODABLE = 'watchsieve_events_total{type="other",verdict="forwarded",reason="undecodable"}';
const BY_HUB = 'watchsieve_upstream_hub_watches{}';
const FOREIGN = 'watchsieve_events_total{type="MODIFIED",verdict="forwarded",reason="foreign_kind"}';
const CHANGED = 'watchsieve_events_total{type="MODIFIED",verdict="forwarded",reason="changed"}';
const ended = (cause: string) => `watchsieve_streams_ended_total{cause="${cause}"}`;
const answered = (code: string) => `watchsieve_upstream_requests_total{code="${code}"}`;
const EXPIRY = 'watchsieve_serving_certificate_expiry_timestamp_seconds{}';
const days = (count: number) => String(count * 86_400);

const noClient: readonly AlertCase[] = [
  {
    alert: 'WatchsieveNoClient',
    when: 'nobody ever watches',
    series: { 'watchsieve_streams{}': '0x30', 'watchsieve_ready{}': '1x30' },
    firesAt: [11, 30],
    silentAt: [9],
  },
  {
    alert: 'WatchsieveNoClient',
    when: 'the watches end and nobody comes back',
    series: { 'watchsieve_streams{}': '1x10 0x30', 'watchsieve_ready{}': '1x40' },
    firesAt: [25],
    silentAt: [10, 19],
  },
  {
    alert: 'WatchsieveNoClient',
    when: 'a watch is open at some of the scrapes',
    series: { 'watchsieve_streams{}': '0x8 1 0x8 1 0x8 1', 'watchsieve_ready{}': '1x30' },
    silentAt: [8, 17, 26],
  },
  {
    alert: 'WatchsieveNoClient',
    when: 'the sidecar is not ready',
    series: { 'watchsieve_streams{}': '0x30', 'watchsieve_ready{}': '0x30' },
    silentAt: [30],
  },
  {
    alert: 'WatchsieveNoClient',
    when: 'it is a hub, which answers its watches from memory',
    series: {
      ...{ 'watchsieve_streams{}': '0x30', 'watchsieve_ready{}': '1x30' },
      'watchsieve_hub_feeds{}': '0x10 1x20',
    },
    silentAt: [11, 30],
  },
];

const nothingSwallowed: readonly AlertCase[] = [
  {
    alert: 'WatchsieveNothingSwallowed',
    when: 'every heartbeat is taken for a change',
    series: { [MODIFIED]: '0+10x90', [SWALLOWED]: '0x90', [CHANGED]: '0+10x90' },
    firesAt: [31, 60],
    silentAt: [14],
  },
  {
    alert: 'WatchsieveNothingSwallowed',
    when: 'swallowing stops after half an hour',
    series: { [MODIFIED]: '0+10x120', [SWALLOWED]: '0+9x30 270x90' },
    firesAt: [70],
    silentAt: [30, 55],
  },
  {
    alert: 'WatchsieveNothingSwallowed',
    when: 'one Node beats every five minutes, and is swallowed',
    series: {
      [MODIFIED]: '0x4 1x4 2x4 3x4 4x4 5x4 6x4 7x4 8x4',
      [SWALLOWED]: '0x4 1x4 2x4 3x4 4x4 5x4 6x4 7x4 8x4',
    },
    silentAt: [31, 44],
  },
  {
    alert: 'WatchsieveNothingSwallowed',
    when: 'mode observe would swallow',
    series: { [MODIFIED]: '0+10x90', [SWALLOWED]: '0x90', [WOULD_SWALLOW]: '0+10x90' },
    silentAt: [60, 90],
  },
  {
    alert: 'WatchsieveNothingSwallowed',
    when: 'a hub answers a watch that lasts for an hour and a half, and has swallowed before',
    series: { [MODIFIED]: '0+10x90', [SWALLOWED]: '0x90', [BY_HUB]: '0x4 1x86' },
    silentAt: [31, 60, 90],
  },
  {
    alert: 'WatchsieveNothingSwallowed',
    when: 'a hub answered once, and does no more',
    series: { [MODIFIED]: '0+10x120', [SWALLOWED]: '0x120', [BY_HUB]: '0x4 1 0x120' },
    silentAt: [31],
    firesAt: [60, 90],
  },
  {
    alert: 'WatchsieveNothingSwallowed',
    when: 'nothing comes at all, or a real change now and then',
    series: { [MODIFIED]: '5x30 6x60', [SWALLOWED]: '0x90' },
    silentAt: [30, 60, 90],
  },
];

const upstream: readonly AlertCase[] = [
  {
    alert: 'WatchsieveUpstreamErrors',
    when: 'half of the requests get no answer',
    series: { [answered('error')]: '0+2x60', [answered('200')]: '0+2x60' },
    firesAt: [15],
    silentAt: [9],
  },
  {
    alert: 'WatchsieveUpstreamErrors',
    when: 'a fifth of the requests gets 503',
    series: { [answered('503')]: '0+2x60', [answered('200')]: '0+8x60' },
    firesAt: [15],
  },
  {
    alert: 'WatchsieveUpstreamErrors',
    when: 'one in a hundred fails, and many are answered 404, 410 or 429',
    series: {
      [answered('error')]: '0+1x60',
      [answered('200')]: '0+99x60',
      [answered('404')]: '0+50x60',
      [answered('410')]: '0+50x60',
      [answered('429')]: '0+50x60',
    },
    silentAt: [15, 60],
  },
  {
    alert: 'WatchsieveStreamsBreak',
    when: 'a watch is broken off every five minutes',
    series: { [ended('upstream_error')]: '0x4 1x4 2x4 3x4 4x4 5x4 6x4 7x4 8x4' },
    firesAt: [40],
    silentAt: [10],
  },
  {
    alert: 'WatchsieveStreamsBreak',
    when: 'connections die',
    series: { [ended('upstream_dead')]: '0+1x60' },
    firesAt: [30],
  },
  {
    alert: 'WatchsieveStreamsBreak',
    when: 'one breaks off, all others end as they should',
    series: { [ended('upstream_error')]: '0x10 1x50', [ended('upstream_end')]: '0+1x60' },
    silentAt: [20, 60],
  },
];

const streams: readonly AlertCase[] = [
  {
    alert: 'WatchsieveSlowClient',
    when: 'a client did not read, once',
    series: { [ended('slow_client')]: '0x5 1x80' },
    firesAt: [10],
    silentAt: [5, 60],
  },
  {
    alert: 'WatchsieveSlowClient',
    when: 'clients leave',
    series: { [ended('client_gone')]: '0+1x60', [ended('slow_client')]: '0x60' },
    silentAt: [30],
  },
  {
    alert: 'WatchsieveNotUnderstood',
    when: 'what cannot be read keeps coming',
    series: { [UNDECODABLE]: '0+1x60' },
    firesAt: [30],
    silentAt: [10],
  },
  {
    alert: 'WatchsieveNotUnderstood',
    when: 'it came once; changes, and what kubectl watches as a Table, are forwarded',
    series: { [UNDECODABLE]: '0x5 1x55', [FOREIGN]: '0+1x60', [CHANGED]: '0+1x60' },
    silentAt: [18, 60],
  },
  {
    alert: 'WatchsieveStreamsVerbatim',
    when: 'a watch stays unread',
    series: { 'watchsieve_streams_verbatim{}': '1x30' },
    firesAt: [20],
    silentAt: [10],
  },
  {
    alert: 'WatchsieveStreamsVerbatim',
    when: 'a watch was unread for five minutes',
    series: { 'watchsieve_streams_verbatim{}': '1x5 0x30' },
    silentAt: [5, 20],
  },
  {
    alert: 'WatchsieveProgressLag',
    when: 'nobody is told any more',
    series: { 'watchsieve_progress_lag_seconds{}': '0+60x30' },
    firesAt: [10],
    silentAt: [4],
  },
  {
    alert: 'WatchsieveProgressLag',
    when: 'it stays within its bounds',
    series: { 'watchsieve_progress_lag_seconds{}': '0 10 3 20 8 0 19x20' },
    silentAt: [5, 20],
  },
  {
    alert: 'WatchsieveRefusing',
    when: 'some are refused, and then no more',
    series: { 'watchsieve_refused_total{limit="streams"}': '0x5 3x55' },
    firesAt: [10],
    silentAt: [5, 30],
  },
  {
    alert: 'WatchsieveRefusing',
    when: 'some were refused long ago',
    series: { 'watchsieve_refused_total{limit="connections"}': '3x60' },
    silentAt: [1, 60],
  },
];

const process: readonly AlertCase[] = [
  {
    alert: 'WatchsieveDown',
    when: 'the scrape fails',
    series: { 'up{job="metallb-system/watchsieve"}': '1x5 0x30' },
    firesAt: [20],
    silentAt: [5, 14],
  },
  {
    alert: 'WatchsieveDown',
    when: 'it is the scrape of another program',
    series: { 'up{job="metallb-system/speaker"}': '0x30', 'up{job="metallb-system/watchsieve"}': '1x30' },
    silentAt: [30],
  },
  {
    alert: 'WatchsieveCertificateExpiry',
    when: 'ten days are left',
    series: { [EXPIRY]: `${days(10)}x120` },
    firesAt: [70],
    silentAt: [50],
  },
  {
    alert: 'WatchsieveCertificateExpiry',
    when: 'it was renewed 30 days before its end',
    series: { [EXPIRY]: `${days(30)}x20 ${days(365)}x100` },
    silentAt: [20, 120],
  },
  {
    alert: 'WatchsieveMismatch',
    when: 'a check found a difference',
    series: { 'watchsieve_verifications_total{result="mismatch"}': '0x5 1x100' },
    firesAt: [10, 50],
    silentAt: [5, 70],
  },
  {
    alert: 'WatchsieveMismatch',
    when: 'checks find none',
    series: {
      'watchsieve_verifications_total{result="match"}': '0+1x60',
      'watchsieve_verifications_total{result="mismatch"}': '0x60',
    },
    silentAt: [60],
  },
  {
    alert: 'WatchsieveConfigInvalid',
    when: 'the config file stays invalid',
    series: { 'watchsieve_config_file_valid{}': '1x5 0x20' },
    firesAt: [15],
    silentAt: [5, 9],
  },
  {
    alert: 'WatchsieveConfigInvalid',
    when: 'it is corrected in time',
    series: { 'watchsieve_config_file_valid{}': '1 0 0 0 1x20' },
    silentAt: [3, 20],
  },
];

export const ALERT_CASES: readonly AlertCase[] = [
  ...noClient,
  ...nothingSwallowed,
  ...upstream,
  ...streams,
  ...process,
];
