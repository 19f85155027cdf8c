/** The flags of `watchsieve record` and `watchsieve replay`. Pure. */
import { parseArgs } from 'node:util';
import { NODES } from '../core/resource/node.ts';
import { count, duration, size } from '../config/kinds.ts';

export const RECORD_USAGE = `Usage: watchsieve record FILE [flags]

Watches a resource as analyze does, and writes its events with their times into a
file that replay serves. Without --show-values it can be attached to an issue:
names, values and keys outside of well-known domains are replaced by others of
the same size, the same always by the same. Writes nothing to the cluster.

Examples:
  watchsieve record nodes.rec
      Nodes, for a minute.
  watchsieve record leases.rec --resource leases.coordination.k8s.io --duration 5m
      Another resource.

  --resource <NAME>
      As kubectl has it. Not secrets. [nodes]
  --namespace <NAME>
      One namespace. [all of them]
  --duration <DURATION>
      How long; Ctrl-C ends early, with what there is. [60s]
  --max-bytes <SIZE>
      It ends after so much, unpacked. [512MiB]
  --show-values
      Everything as it is.
  --kubeconfig <FILE>
      [KUBECONFIG, which may name several, or else ~/.kube/config; in a Pod its own
      credentials]
  --context <NAME>
      A context of it. [its current-context]

Exit code 0 with a recording, 1 where nothing could be watched or written, 2 for
wrong flags, a resource that does not exist, or a kubeconfig that cannot be used.
`;

export const REPLAY_USAGE = `Usage: watchsieve replay FILE [flags]

Serves a recording as an API server, list and watch, until Ctrl-C. Writes a
kubeconfig for its clients, and names it.

Examples:
  watchsieve replay nodes.rec
      At the pace that it had.
  watchsieve replay nodes.rec --speed 10
      Ten times as fast.
  watchsieve replay nodes.rec --speed max
      Without waiting.

  --speed <NUMBER>
      How much faster than it was, from 0.1 to 1000, or max. [1]
  --port <NUMBER>
      Of 127.0.0.1; it listens for nobody else. [0, any free one]

Exit code 0 after Ctrl-C, 1 when it cannot listen, 2 for wrong flags or a file
that is no recording.
`;

export interface RecordOptions {
  readonly file: string;
  readonly resource: string;
  readonly namespace: string | undefined;
  readonly durationMs: number;
  readonly maxBytes: number;
  readonly showsValues: boolean;
  readonly kubeconfig: string | undefined;
  readonly context: string | undefined;
}

export interface ReplayOptions {
  readonly file: string;
  readonly speed: number;
  readonly port: number;
}

type Parsed<T> = { readonly ok: T } | { readonly problems: readonly string[] };

const DURATION = duration('1s', '24h');
// What is unpacked again has to fit into a reader's memory.
const SIZE = size('64KiB', '900MiB');
const PORT = count('0', '65535');
const NAME = /^[a-z0-9][a-z0-9.-]{0,252}$/i;

export function parseRecordOptions(argv: readonly string[]): Parsed<RecordOptions> {
  let parsed;
  try {
    parsed = parseArgs({
      args: [...argv],
      allowPositionals: true,
      options: {
        resource: { type: 'string', default: NODES.plural },
        namespace: { type: 'string' },
        duration: { type: 'string', default: '60s' },
        'max-bytes': { type: 'string', default: '512MiB' },
        'show-values': { type: 'boolean', default: false },
        kubeconfig: { type: 'string' },
        context: { type: 'string' },
      },
    });
  } catch (error) {
    return { problems: [error instanceof Error ? error.message : String(error)] };
  }
  const { values, positionals } = parsed;
  const [file] = positionals;
  const [durationMs, maxBytes] = [DURATION.parse(values.duration), SIZE.parse(values['max-bytes'])];
  const problems = [
    ...(positionals.length === 1 ? [] : ['name one file to write']),
    ...(durationMs === undefined ? [`--duration must be ${DURATION.allowed}, not "${values.duration}"`] : []),
    ...(maxBytes === undefined ? [`--max-bytes must be ${SIZE.allowed}, not "${values['max-bytes']}"`] : []),
    ...[values.resource, values.namespace ?? 'none']
      .filter((one) => !NAME.test(one))
      .map((one) => `"${one}" is no name of a resource or namespace`),
  ];
  if (problems.length > 0 || file === undefined || durationMs === undefined || maxBytes === undefined)
    return { problems };
  const { resource, namespace, kubeconfig, context } = values;
  const showsValues = values['show-values'];
  return { ok: { file, resource, namespace, durationMs, maxBytes, showsValues, kubeconfig, context } };
}

export function parseReplayOptions(argv: readonly string[]): Parsed<ReplayOptions> {
  let parsed;
  try {
    parsed = parseArgs({
      args: [...argv],
      allowPositionals: true,
      options: {
        speed: { type: 'string', default: '1' },
        port: { type: 'string', default: '0' },
      },
    });
  } catch (error) {
    return { problems: [error instanceof Error ? error.message : String(error)] };
  }
  const { values, positionals } = parsed;
  const [file] = positionals;
  const speed =
    values.speed === 'max'
      ? Infinity
      : /^\d{1,4}(?:\.\d{1,3})?$/.test(values.speed)
        ? Number(values.speed)
        : 0;
  const isSpeed = speed === Infinity || (speed >= 0.1 && speed <= 1000);
  const port = PORT.parse(values.port);
  const problems = [
    ...(positionals.length === 1 ? [] : ['name one file to replay']),
    ...(isSpeed ? [] : [`--speed must be a number from 0.1 to 1000, or max, not "${values.speed}"`]),
    ...(port === undefined ? [`--port must be ${PORT.allowed}, not "${values.port}"`] : []),
  ];
  if (problems.length > 0 || file === undefined || port === undefined) return { problems };
  return { ok: { file, speed, port } };
}
