/** The flags of `watchsieve record` and `watchsieve replay`, and their parser. Pure. */
import { contextRow, kubeconfigRow, namespaceRow, RESOURCE_NAME } from '../../config/cluster-rows.ts';
import { Flags, type Parsed } from '../../config/flags.ts';
import { count, duration, size, text } from '../../config/kinds.ts';
import { setting, turnedOn } from '../../config/setting.ts';
import { NODES } from '../../core/resource/node.ts';

export const RECORD_HELP = `Usage: watchsieve record FILE [flags]

Watches a resource as analyze does, and writes its events with their times into
a file that replay can serve. Without --show-values the file can be attached to
an issue: names, values and keys outside well-known domains are replaced by
others of the same size; equal ones get equal replacements. Writes nothing to
the cluster.

Examples:
  watchsieve record nodes.rec
      Nodes, for a minute.
  watchsieve record pods.rec --resource pods --duration 5m
      Another resource.

Exit code 0 if there is a recording, 1 if nothing could be watched or written, 2
for wrong flags, a resource that does not exist, or an unusable kubeconfig.
`;

export const REPLAY_HELP = `Usage: watchsieve replay FILE [flags]

Serves the lists and watches of a recording like an API server, until Ctrl-C.
Writes a kubeconfig for its clients and prints its path.

Examples:
  watchsieve replay nodes.rec
      At the original pace.
  watchsieve replay nodes.rec --speed 10
      Ten times as fast.
  watchsieve replay nodes.rec --speed max
      Without waiting.

Exit code 0 after Ctrl-C, 1 if it cannot listen, 2 for wrong flags or a file
that is not a recording.
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
    help: 'The name of the resource, as for kubectl. Secrets are not allowed.',
  }),
  namespace: namespaceRow(RECORDING),
  duration: setting(RECORDING, 'duration', duration('1s', '24h'), {
    default: '60s',
    help: 'How long to record; Ctrl-C ends early and keeps what was recorded.',
  }),
  // A reader of the recording keeps all of it in memory, uncompressed.
  maxBytes: setting(RECORDING, 'max-bytes', size('64KiB', '900MiB'), {
    default: '512MiB',
    help: 'The recording ends after this many uncompressed bytes.',
  }),
  showValues: turnedOn(RECORDING, 'show-values', 'Keep all names, keys and values unchanged.'),
  kubeconfig: kubeconfigRow(SERVER),
  context: contextRow(SERVER),
};

const REPLAY = {
  speed: setting(REPLAYED, 'speed', text('number', 'a number from 0.1 to 1000, or max', speedOf), {
    default: '1',
    help: 'How much faster than the original, from 0.1 to 1000, or max.',
  }),
  port: setting(REPLAYED, 'port', count('0', '65535'), {
    default: '0',
    help: 'Port on 127.0.0.1; 0 means any free port. Other machines cannot connect.',
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
