/** The flags of `watchsieve analyze`. Pure. */
import { parseArgs } from 'node:util';
import { didYouMean } from '../../config/given.ts';
import { NODES } from '../../core/resource/node.ts';
import { duration, size } from '../../config/kinds.ts';
import { CONSUMER_NAMES, isConsumer, type ConsumerName } from './consumers.ts';

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

export const ANALYZE_USAGE = `Usage: watchsieve analyze [flags]

Watches a resource for a while, with the kubeconfig that you have, and tells how
much of it is noise: how many events and bytes there are, which fields change and
who writes them, what each preset would swallow. Needs the right to watch, and
writes nothing to the cluster.

Examples:
  watchsieve analyze
      Nodes, for a minute.
  watchsieve analyze --resource leases.coordination.k8s.io --duration 20s
      Another resource.
  watchsieve analyze --all --output html > noise.html
      Each resource that you may watch, but Secrets, four at a time.

  --resource <NAME>
      As kubectl has it: nodes, pods, deployments.apps. May be given again. Secrets
      are counted by their metadata, and not looked at. [nodes]
  --all
      Each resource that can be watched, in place of --resource. Never Secrets.
  --namespace <NAME>
      One namespace. [all of them]
  --duration <DURATION>
      How long each watch is, as 20s or 5m; Ctrl-C ends early, with the report.
      [60s, with --all 20s]
  --max-bytes <SIZE>
      A watch ends after so much. [512MiB]
  --consumer <${CONSUMER_NAMES.join('|')}>
      Who reads the Nodes. [metallb]
  --output <${OUTPUTS.join('|')}>
      For a terminal, a program, or a browser. [text]
  --show-names
      Names of objects and keys of labels and annotations as they are; otherwise
      they are pseudonyms, but for keys of well-known domains.
  --kubeconfig <FILE>
      [KUBECONFIG, which may name several, or else ~/.kube/config; in a Pod its own
      credentials]
  --context <NAME>
      A context of it. [its current-context]

Exit code 0 with a report, 1 where nothing could be watched, 2 for wrong flags, a
resource that does not exist, or a kubeconfig that cannot be used.
`;

const DURATION = duration('1s', '24h');
const SIZE = size('64KiB', '64GiB');
const NAME = /^[a-z0-9][a-z0-9.-]{0,252}$/i;

/** Reads the flags; every problem is found at once. */
export function parseAnalyzeOptions(
  argv: readonly string[],
): { readonly ok: AnalyzeOptions } | { readonly problems: readonly string[] } {
  let values;
  try {
    ({ values } = parseArgs({
      args: [...argv],
      options: {
        resource: { type: 'string', multiple: true, default: [] },
        all: { type: 'boolean', default: false },
        namespace: { type: 'string' },
        duration: { type: 'string' },
        'max-bytes': { type: 'string', default: '512MiB' },
        consumer: { type: 'string', default: 'metallb' },
        output: { type: 'string', default: 'text' },
        'show-names': { type: 'boolean', default: false },
        kubeconfig: { type: 'string' },
        context: { type: 'string' },
      },
    }));
  } catch (error) {
    return { problems: [error instanceof Error ? error.message : String(error)] };
  }
  const problems: string[] = [];
  const check = <T>(flag: string, value: T | undefined, allowed: string, text: string): T | undefined => {
    if (value === undefined) problems.push(`--${flag} must be ${allowed}, not "${text}"`);
    return value;
  };
  const { resource, all: isAll, namespace, consumer, output: outputText } = values;
  const durationText = values.duration ?? (isAll ? '20s' : '60s');
  const durationMs = check('duration', DURATION.parse(durationText), DURATION.allowed, durationText);
  const maxBytes = check('max-bytes', SIZE.parse(values['max-bytes']), SIZE.allowed, values['max-bytes']);
  const output = OUTPUTS.find((one) => one === outputText);
  check('output', output, `one of ${OUTPUTS.join(', ')}`, outputText);
  if (!isConsumer(consumer))
    problems.push(
      `--consumer must be one of ${CONSUMER_NAMES.join(', ')}, not "${consumer}"${didYouMean(consumer, CONSUMER_NAMES)}`,
    );
  if (isAll && resource.length > 0) problems.push('--all and --resource cannot both be given');
  for (const one of namespace === undefined ? resource : [...resource, namespace])
    if (!NAME.test(one)) problems.push(`"${one}" is no name of a resource or namespace`);
  if (
    problems.length > 0 ||
    durationMs === undefined ||
    maxBytes === undefined ||
    output === undefined ||
    !isConsumer(consumer)
  )
    return { problems };
  return {
    ok: {
      resources: isAll ? [] : resource.length === 0 ? [NODES.plural] : [...new Set(resource)],
      isAll,
      namespace,
      durationMs,
      maxBytes,
      output,
      consumer,
      showsNames: values['show-names'],
      kubeconfig: values.kubeconfig,
      context: values.context,
    },
  };
}
