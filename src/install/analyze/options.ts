/** The flags of `watchsieve analyze`, as rows and as parsed options. Pure. */
import { contextRow, kubeconfigRow, namespaceRow, RESOURCE_NAME } from '../../config/cluster-rows.ts';
import { Flags, type Parsed } from '../../config/flags.ts';
import { choice, duration, size } from '../../config/kinds.ts';
import { setting, turnedOn } from '../../config/setting.ts';
import { NODES } from '../../core/resource/node.ts';
import { CONSUMER_NAMES, type ConsumerName } from './consumers.ts';

export const OUTPUTS = ['text', 'json', 'html'] as const;
export type Output = (typeof OUTPUTS)[number];

export interface AnalyzeOptions {
  /** As the user wrote them; empty with `isAll`. */
  readonly resources: readonly string[];
  readonly isAll: boolean;
  readonly namespace: string | undefined;
  readonly durationMs: number;
  readonly maxBytes: number;
  readonly output: Output;
  readonly consumer: ConsumerName;
  readonly showsNames: boolean;
  readonly kubeconfig: string | undefined;
  readonly context: string | undefined;
}

export const ANALYZE_HELP = `Usage: watchsieve analyze [flags]

Watches a resource for a while, with your kubeconfig, and reports how much of it
is noise: how many events and bytes there are, which fields change, who writes
them, and what each preset would swallow. Needs the right to watch; writes
nothing to the cluster.

Examples:
  watchsieve analyze
      Nodes, for a minute.
  watchsieve analyze --resource leases.coordination.k8s.io --duration 20s
      Another resource.
  watchsieve analyze --all --output html > noise.html
      Each resource that you may watch, except Secrets, four at a time.

Exit code 0 if there is a report, 1 if nothing could be watched, 2 for wrong
flags, a resource that does not exist, or an unusable kubeconfig.
`;

const GROUPS = ['What to watch', 'Report', 'API server'] as const;
const [WATCHED, REPORT, SERVER] = GROUPS;

const ROWS = {
  resource: setting(WATCHED, 'resource', RESOURCE_NAME, {
    help:
      'The name of a resource, as for kubectl: nodes, pods, deployments.apps; may be repeated; by default nodes. ' +
      'Only the metadata of Secrets is requested.',
  }),
  all: turnedOn(WATCHED, 'all', 'Every resource that can be watched except Secrets, instead of --resource.'),
  namespace: namespaceRow(WATCHED),
  duration: setting(WATCHED, 'duration', duration('1s', '24h'), {
    help: 'How long to watch; by default 60s, and 20s with --all. Ctrl-C ends early, with the report.',
  }),
  maxBytes: setting(WATCHED, 'max-bytes', size('64KiB', '64GiB'), {
    default: '512MiB',
    help: 'A watch ends after this many bytes.',
  }),
  consumer: setting(REPORT, 'consumer', choice(...CONSUMER_NAMES), {
    default: 'metallb',
    help: 'The program that reads the Nodes.',
  }),
  output: setting(REPORT, 'output', choice(...OUTPUTS), {
    default: 'text',
    help: 'text for a terminal, json for a program, html for a browser.',
  }),
  showNames: turnedOn(
    REPORT,
    'show-names',
    'Show the names of objects and the keys of labels and annotations. By default pseudonyms replace them, except ' +
      'keys of well-known domains.',
  ),
  kubeconfig: kubeconfigRow(SERVER),
  context: contextRow(SERVER),
};

export const ANALYZE_FLAGS = { groups: GROUPS, rows: Object.values(ROWS) };

/** Reads the flags; every problem is found at once. */
export function parseAnalyzeOptions(argv: readonly string[]): Parsed<AnalyzeOptions> {
  const flags = new Flags(argv, ANALYZE_FLAGS.rows);
  const { problems } = flags;
  const isAll = flags.has(ROWS.all);
  const resources = flags.all(ROWS.resource);
  if (isAll && flags.text(ROWS.resource) !== undefined)
    problems.push('--all and --resource cannot both be given');
  if (problems.length > 0) return { problems };
  return {
    ok: {
      resources: isAll ? [] : resources.length === 0 ? [NODES.plural] : [...new Set(resources)],
      isAll,
      namespace: flags.one(ROWS.namespace),
      durationMs: flags.one(ROWS.duration) ?? (isAll ? 20_000 : 60_000),
      maxBytes: flags.one(ROWS.maxBytes),
      output: flags.one(ROWS.output),
      consumer: flags.one(ROWS.consumer),
      showsNames: flags.has(ROWS.showNames),
      kubeconfig: flags.one(ROWS.kubeconfig),
      context: flags.one(ROWS.context),
    },
  };
}
