/**
 * The flags of `inject`, `uninject` and `webhook`: rows like those of the settings of `serve`. Parsing, `--help`,
 * completion and docs/settings.md are all derived from them (R33). They are flags alone, with no variable and no file.
 */
import { address, choice, duration, type Kind, matching, name, path, text } from '../../config/kinds.ts';
import { flagRow, optional, type Row, type Setting, turnedOn, withDefault } from '../../config/setting.ts';
import { PRESETS } from '../../core/projection/presets.ts';
import { DEFAULT_LEADING, LEADINGS } from '../inject/leading.ts';
import { parsePort, PORT_RANGE } from '../inject/plan.ts';
import { DEFAULT_RESOURCES, parseAmounts } from '../inject/resources.ts';
import { parseLabelSelector } from '../inject/selector.ts';
import { DEFAULT_PORT, VARIANTS } from '../inject/sidecar.ts';

/** An object in a namespace. */
export interface ObjectName {
  readonly namespace: string;
  readonly name: string;
}

/** Headings of help and docs, in their order. */
export const INSTALL_GROUPS = ['Workloads', 'Sidecar', 'Output', 'Webhook', 'API server', 'Logging'] as const;
type Group = (typeof INSTALL_GROUPS)[number];

/** RFC 1123, as names of objects are; `.` only where the object allows it. */
const LABEL = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;
const SUBDOMAIN = /^(?=.{1,253}$)[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)*$/;
const HOST = /^(?:[A-Za-z0-9.-]+|[0-9A-Fa-f:.]+)$/;

function objectName(form: RegExp): Kind<ObjectName> {
  return text('namespace/name', 'NAMESPACE/NAME', (given) => {
    const [namespace = '', object = '', ...more] = given.split('/');
    return LABEL.test(namespace) && form.test(object) && more.length === 0
      ? { namespace, name: object }
      : undefined;
  });
}

const LABELS = text('labels', 'labels as app=metallb,component=speaker', parseLabelSelector);
const AMOUNTS = text('amounts', 'amounts as cpu=50m,memory=128Mi', parseAmounts);
/** An empty one is none: what is missing then is said in a sentence of its own. */
const IMAGE = matching('image', 'an image', /^(?:[\w.-][^\s"'\\]*)?$/);
const PORT = text('port', PORT_RANGE, parsePort);
/** The minor version. */
const RELEASE = text('version', 'as 1.28 or v1.31.2', (given) => {
  const minor = /^v?1\.(\d{1,3})(?:$|[.+-])/.exec(given)?.[1];
  return minor === undefined ? undefined : Number(minor);
});

const row = (group: Group, flag: string, help: string, more: Pick<Row, 'short'> = {}): Row =>
  flagRow(group, flag, help, more);

function amountsOf(which: 'requests' | 'limits'): string {
  return Object.entries(DEFAULT_RESOURCES[which])
    .map((pair) => pair.join('='))
    .join(',');
}

/** Flags of `inject`, `uninject` and `webhook`, and of `inject` and `webhook` alone. */
export const INSTALL = {
  name: optional(
    row(
      'Workloads',
      'name',
      'This workload, as speaker or metallb-system/speaker; may be repeated. Without --name and --selector: the ' +
        'speaker of MetalLB and frr-k8s, wherever they are found.',
    ),
    text('name', 'a name', (given) => given),
  ),
  selector: optional(
    row('Workloads', 'selector', 'Workloads with these labels, as app=metallb,component=speaker.', {
      short: 'l',
    }),
    LABELS,
  ),
  podSelector: optional(
    row(
      'Workloads',
      'selector',
      'Pods with these labels, as app=metallb,component=speaker; may be repeated.',
      {
        short: 'l',
      },
    ),
    LABELS,
  ),
  image: optional(
    row('Sidecar', 'image', 'Image of the sidecar, where your nodes find it; there is no default.'),
    IMAGE,
  ),
  variant: optional(
    row(
      'Sidecar',
      'variant',
      'native, for Kubernetes 1.29 or newer, or ordinary; without it what fits --kubernetes-version, or else native.',
    ),
    choice(...VARIANTS),
  ),
  kubernetesVersion: optional(
    row('Sidecar', 'kubernetes-version', 'Choose the variant for this release, as 1.28.'),
    RELEASE,
  ),
  port: optional(
    row(
      'Sidecar',
      'port',
      `First of three ports in a row: proxy, admin, metrics; without it ${DEFAULT_PORT}. Those of frr-k8s are 10 higher.`,
    ),
    PORT,
  ),
  preset: optional(
    row('Sidecar', 'preset', 'What counts as a change; without it metallb, and labels for frr-k8s.'),
    choice(...PRESETS),
  ),
  client: withDefault(
    row(
      'Sidecar',
      'client',
      'How the client is led to the sidecar: by KUBECONFIG, or, where it takes no notice of that, by its in-cluster ' +
        'configuration.',
    ),
    choice(...LEADINGS),
    DEFAULT_LEADING,
  ),
  container: optional(
    row('Sidecar', 'container', 'Which container is the client, where it is not plain.'),
    text('name', 'a name', (given) => given),
  ),
  requests: withDefault(
    row('Sidecar', 'requests', 'What the sidecar asks for.'),
    AMOUNTS,
    amountsOf('requests'),
  ),
  limits: withDefault(
    row(
      'Sidecar',
      'limits',
      'What the sidecar may take; and cpu=500m where each container of the Pod has a limit for CPU.',
    ),
    AMOUNTS,
    amountsOf('limits'),
  ),
  inPlace: turnedOn('Output', 'in-place', 'Write the files instead of standard output.'),
  dryRun: turnedOn('Output', 'dry-run', 'Show what would change, as a unified diff.'),
  allowNone: turnedOn('Output', 'allow-none', 'Nothing to do is no failure.'),
  listen: withDefault(row('Webhook', 'listen', 'HTTPS, for the API server.'), address, '0.0.0.0:8443'),
  healthListen: withDefault(
    row('Webhook', 'health-listen', 'Where /livez, /readyz and /metrics are served, by plain http.'),
    address,
    '0.0.0.0:8080',
  ),
  service: optional(
    row('Webhook', 'service', 'The Service by which the API server calls.'),
    objectName(LABEL),
  ),
  host: optional(
    row('Webhook', 'host', 'A name or address by which it calls, for a webhook by url; may be repeated.'),
    matching('host', 'a name or an address', HOST),
  ),
  secret: optional(
    row(
      'Webhook',
      'secret',
      'Where the certificate authority is kept; without it watchsieve-webhook-ca beside the Service.',
    ),
    objectName(SUBDOMAIN),
  ),
  configuration: withDefault(
    row('Webhook', 'configuration', 'The MutatingWebhookConfiguration whose caBundle is kept.'),
    matching('name', 'the name of an object', SUBDOMAIN),
    'watchsieve-webhook',
  ),
  certificateLifetimeMs: withDefault(
    // Never longer than the authority is renewed before its end.
    row('Webhook', 'certificate-lifetime', 'Lifetime of the serving certificate.'),
    duration('10s', '1440h'),
    '720h',
  ),
  drainDelayMs: withDefault(
    row('Webhook', 'drain-delay', 'Answer for so long after SIGTERM, while others learn of it.'),
    duration('0s', '5m'),
    '5s',
  ),
  kubeconfig: optional(
    row('API server', 'kubeconfig', 'How to reach the API server; without it as every Pod does.'),
    path,
  ),
  context: optional(
    row('API server', 'context', 'Context of the kubeconfig; without it its current-context.'),
    name,
  ),
  logLevel: withDefault(
    row('Logging', 'log-level', 'The least severe level that is logged.'),
    choice('trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'),
    'info',
  ),
};

type Rows = readonly Setting<unknown>[];

const SIDECAR: Rows = [
  ...[INSTALL.image, INSTALL.variant, INSTALL.kubernetesVersion, INSTALL.port, INSTALL.preset],
  ...[INSTALL.client, INSTALL.container, INSTALL.requests, INSTALL.limits],
];
const MANIFESTS: Rows = [INSTALL.name, INSTALL.selector, INSTALL.inPlace, INSTALL.dryRun, INSTALL.allowNone];

/** Which of them each command takes. */
export const INSTALL_ROWS = {
  inject: [...MANIFESTS, ...SIDECAR],
  uninject: MANIFESTS,
  webhook: [
    ...SIDECAR,
    ...[INSTALL.podSelector, INSTALL.listen, INSTALL.healthListen, INSTALL.service, INSTALL.host],
    ...[INSTALL.secret, INSTALL.configuration, INSTALL.certificateLifetimeMs, INSTALL.drainDelayMs],
    ...[INSTALL.kubeconfig, INSTALL.context, INSTALL.logLevel],
  ],
} as const satisfies Readonly<Record<string, Rows>>;
