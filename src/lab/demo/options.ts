/** The flags of `watchsieve demo`. Pure. */
import { parseArgs } from 'node:util';
import { duration } from '../../config/kinds.ts';

/** What to show. */
export interface DemoOptions {
  /** Undefined: until the user stops it. */
  readonly durationMs: number | undefined;
  /** Where what is shown comes from. */
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

/** Options that make sense, a wish for help, or all that is wrong. */
export type ParsedDemoOptions =
  { readonly ok: DemoOptions } | { readonly help: true } | { readonly problems: readonly string[] };

/** What to do with a kubeconfig of the demo. */
export const KUBECTL = 'kubectl --kubeconfig FILE get nodes --watch';
export const SERVE = 'watchsieve serve --kubeconfig FILE --credentials kubeconfig --state-dir ./state';

export const DEMO_USAGE = `Usage: watchsieve demo [flags]

Starts a miniature API server with heartbeating Nodes and watches them twice with
a real client: directly, and through watchsieve. Nothing else is needed, and
nothing outside a temporary directory is touched.

  --duration DURATION
      How long, as 10s or 5m; without it, until Ctrl-C.
  --nodes NUMBER
      Number of Nodes, 1 to 1000. [50]
  --heartbeats NUMBER
      Heartbeats per second over all Nodes, 1 to 1000. [50]
  --recording FILE
      In place of them what watchsieve record has kept of a real cluster's Nodes, at
      the pace it had; ends with it.

Examples:
  watchsieve demo
      Until Ctrl-C; it names a kubeconfig for kubectl, and a status page.
  watchsieve demo --duration 10s
      For a look.
  watchsieve demo --nodes 1000 --heartbeats 100
      A large cluster.
  watchsieve demo --recording nodes.rec
      Your own.

On its kubeconfigs, which it names, from another terminal:
  ${KUBECTL}
  ${SERVE}

Exit code 0 when every real change arrived on both sides, 1 when one was lost.
`;

const DURATION = duration('1s', '24h');

/** Reads the flags; every problem is found at once. */
export function parseDemoOptions(argv: readonly string[]): ParsedDemoOptions {
  let values;
  try {
    ({ values } = parseArgs({
      args: [...argv],
      options: {
        help: { type: 'boolean', short: 'h' },
        duration: { type: 'string' },
        nodes: { type: 'string' },
        heartbeats: { type: 'string' },
        recording: { type: 'string' },
      },
    }));
  } catch (error) {
    return { problems: [error instanceof Error ? error.message : String(error)] };
  }
  if (values.help === true) return { help: true };
  const problems: string[] = [];
  const count = (flag: string, text = '50'): number => {
    const value = /^\d{1,4}$/.test(text) ? Number(text) : NaN;
    if (!(value >= 1 && value <= 1000))
      problems.push(`--${flag} must be a number from 1 to 1000, not "${text}"`);
    return value;
  };
  const nodes = count('nodes', values.nodes);
  const heartbeats = count('heartbeats', values.heartbeats);
  const durationMs = values.duration === undefined ? undefined : DURATION.parse(values.duration);
  if (values.duration !== undefined && durationMs === undefined) {
    problems.push(`--duration must be ${DURATION.allowed}, not "${values.duration}"`);
  }
  const { recording } = values;
  if (recording !== undefined && (values.nodes !== undefined || values.heartbeats !== undefined))
    problems.push('--nodes and --heartbeats are of the miniature cluster, and --recording is in its place');
  if (problems.length > 0) return { problems };
  return { ok: { durationMs, source: recording === undefined ? { nodes, heartbeats } : { recording } } };
}
