/** The flags of `watchsieve record` and `watchsieve replay`: rows, and what is given for them. Pure. */
import { contextRow, kubeconfigRow, namespaceRow, RESOURCE_NAME } from '../../config/cluster-rows.ts';
import { Flags, type Parsed } from '../../config/flags.ts';
import { count, duration, size, text } from '../../config/kinds.ts';
import { setting, turnedOn } from '../../config/setting.ts';
import { NODES } from '../../core/resource/node.ts';

export const RECORD_HELP = `Usage: watchsieve record FILE [flags]

Watches a resource as analyze does, and writes its events with their times into a
file that replay serves. Without --show-values it can be attached to an issue:
names, values and keys outside of well-known domains are replaced by others of
the same size, the same always by the same. Writes nothing to the cluster.

Examples:
  watchsieve record nodes.rec
      Nodes, for a minute.
  watchsieve record leases.rec --resource leases.coordination.k8s.io --duration 5m
      Another resource.

Exit code 0 with a recording, 1 where nothing could be watched or written, 2 for
wrong flags, a resource that does not exist, or a kubeconfig that cannot be used.
`;

export const REPLAY_HELP = `Usage: watchsieve replay FILE [flags]

Serves a recording as an API server, list and watch, until Ctrl-C. Writes a
kubeconfig for its clients, and names it.

Examples:
  watchsieve replay nodes.rec
      At the pace that it had.
  watchsieve replay nodes.rec --speed 10
      Ten times as fast.
  watchsieve replay nodes.rec --speed max
      Without waiting.

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

const GROUPS = ['Recording', 'API server', 'Replay'] as const;
const [RECORDING, SERVER, REPLAYED] = GROUPS;

const RECORD = {
  resource: setting(RECORDING, 'resource', RESOURCE_NAME, {
    default: NODES.plural,
    help: 'As kubectl has it. Not secrets.',
  }),
  namespace: namespaceRow(RECORDING),
  duration: setting(RECORDING, 'duration', duration('1s', '24h'), {
    default: '60s',
    help: 'How long; Ctrl-C ends early, with what there is.',
  }),
  // What is unpacked again has to fit into a reader's memory.
  maxBytes: setting(RECORDING, 'max-bytes', size('64KiB', '900MiB'), {
    default: '512MiB',
    help: 'It ends after so much, unpacked.',
  }),
  showValues: turnedOn(RECORDING, 'show-values', 'Everything as it is.'),
  kubeconfig: kubeconfigRow(SERVER),
  context: contextRow(SERVER),
};

const REPLAY = {
  speed: setting(REPLAYED, 'speed', text('number', 'a number from 0.1 to 1000, or max', speedOf), {
    default: '1',
    help: 'How much faster than it was, from 0.1 to 1000, or max.',
  }),
  port: setting(REPLAYED, 'port', count('0', '65535'), {
    default: '0',
    help: 'Of 127.0.0.1, 0 being any free one; it listens for nobody else.',
  }),
};

export const RECORD_FLAGS = { groups: GROUPS, rows: Object.values(RECORD) };
export const REPLAY_FLAGS = { groups: GROUPS, rows: Object.values(REPLAY) };

export function parseRecordOptions(argv: readonly string[]): Parsed<RecordOptions> {
  const flags = new Flags(argv, RECORD_FLAGS.rows, true);
  const { problems, words } = flags;
  const [file] = words;
  if (file === undefined || words.length > 1) return { problems: [...problems, 'name one file to write'] };
  if (problems.length > 0) return { problems };
  return {
    ok: {
      file,
      resource: flags.one(RECORD.resource),
      namespace: flags.one(RECORD.namespace),
      durationMs: flags.one(RECORD.duration),
      maxBytes: flags.one(RECORD.maxBytes),
      showsValues: flags.has(RECORD.showValues),
      kubeconfig: flags.one(RECORD.kubeconfig),
      context: flags.one(RECORD.context),
    },
  };
}

export function parseReplayOptions(argv: readonly string[]): Parsed<ReplayOptions> {
  const flags = new Flags(argv, REPLAY_FLAGS.rows, true);
  const { problems, words } = flags;
  const [file] = words;
  if (file === undefined || words.length > 1) return { problems: [...problems, 'name one file to replay'] };
  if (problems.length > 0) return { problems };
  return { ok: { file, speed: flags.one(REPLAY.speed), port: flags.one(REPLAY.port) } };
}

function speedOf(given: string): number | undefined {
  if (given === 'max') return Infinity;
  const speed = /^\d{1,4}(?:\.\d{1,3})?$/.test(given) ? Number(given) : 0;
  return speed >= 0.1 && speed <= 1000 ? speed : undefined;
}
