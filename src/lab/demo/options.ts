/** The flags of `watchsieve demo`, and their parser. Pure. */
import { Flags, type Parsed } from '../../config/flags.ts';
import { duration, path, text } from '../../config/kinds.ts';
import { setting } from '../../config/setting.ts';

export interface DemoOptions {
  /** Undefined: until the user stops it. */
  readonly durationMs: number | undefined;
  /** The source of the events. */
  readonly source: SimulatedSource | RecordedSource;
}

export interface SimulatedSource {
  readonly nodes: number;
  /** Heartbeats per second over all Nodes. */
  readonly heartbeats: number;
}

export interface RecordedSource {
  /** A file of `watchsieve record`. */
  readonly recording: string;
}

/** Valid options, or all problems. */
export const KUBECTL = 'kubectl --kubeconfig FILE get nodes --watch';
export const SERVE = 'watchsieve serve --kubeconfig FILE --credentials kubeconfig --state-dir state';

export const DEMO_HELP = `Usage: watchsieve demo [flags]

Starts a miniature API server with heartbeating Nodes and watches them twice
with a real client: directly, and through watchsieve. Nothing else is needed,
and nothing outside a temporary directory is touched.

Examples:
  watchsieve demo
      Until Ctrl-C; it names a kubeconfig for kubectl, and a status page.
  watchsieve demo --duration 10s
      A short demonstration.
  watchsieve demo --nodes 1000 --heartbeats 100
      A large cluster.
  watchsieve demo --recording nodes.rec
      Your own recording.

It prints the paths of its kubeconfigs. Use them in another terminal:
  ${KUBECTL}
  ${SERVE}

Exit code 0 if every real change arrived on both sides, 1 if one was lost.
`;

const GROUP = 'Demo';
const THOUSAND = text('number', 'a number from 1 to 1000', (given) => {
  const value = /^\d{1,4}$/.test(given) ? Number(given) : 0;
  return value >= 1 && value <= 1000 ? value : undefined;
});

const ROWS = {
  duration: setting(GROUP, 'duration', duration('1s', '24h'), {
    help: 'How long to run, for example 10s or 5m; by default until Ctrl-C.',
  }),
  nodes: setting(GROUP, 'nodes', THOUSAND, { default: '50', help: 'Number of Nodes, 1 to 1000.' }),
  heartbeats: setting(GROUP, 'heartbeats', THOUSAND, {
    default: '50',
    help: 'Heartbeats per second over all Nodes, 1 to 1000.',
  }),
  recording: setting(GROUP, 'recording', path, {
    help: 'Use a recording of real Nodes, made by watchsieve record, instead of generated ones. It is played at its original pace, and the demo ends with it.',
  }),
};

export const DEMO_FLAGS = { groups: [GROUP], rows: Object.values(ROWS) };

/** Reads the flags; every problem is found at once. */
export function parseDemoOptions(argv: readonly string[]): Parsed<DemoOptions> {
  const flags = new Flags(argv, DEMO_FLAGS.rows);
  const { problems } = flags;
  const recording = flags.one(ROWS.recording);
  const [nodes, heartbeats] = [flags.one(ROWS.nodes), flags.one(ROWS.heartbeats)];
  const isOfBoth = [ROWS.nodes, ROWS.heartbeats].some((row) => flags.text(row) !== undefined);
  if (recording !== undefined && isOfBoth)
    problems.push('--nodes and --heartbeats are of the miniature cluster, and --recording is in its place');
  if (problems.length > 0) return { problems };
  const durationMs = flags.one(ROWS.duration);
  return { ok: { durationMs, source: recording === undefined ? { nodes, heartbeats } : { recording } } };
}
