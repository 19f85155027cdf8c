/**
 * The flags of `inject`, `uninject` and `webhook`: rows like those of the settings of `serve`. Parsing, `--help`,
 * completion and docs/settings.md are all derived from them (R33). They are flags alone, with no variable and no file.
 */
import { contextRow } from '../../config/cluster-rows.ts';
import {
  address,
  choice,
  duration,
  httpsUrls,
  logLevel,
  matching,
  objectName,
  path,
  serviceName,
  SUBDOMAIN,
  text,
} from '../../config/kinds.ts';
import { type Setting, setting, turnedOn } from '../../config/setting.ts';
import { PRESETS } from '../../core/projection/presets.ts';
import { DEFAULT_HUB_CA, DEFAULT_HUB_NAME } from '../inject/hub.ts';
import { VARIANTS } from '../inject/hub-alone.ts';
import { DEFAULT_LEADING, LEADINGS } from '../inject/leading.ts';
import { parsePort, PORT_RANGE } from '../inject/plan.ts';
import { DEFAULT_RESOURCES, parseAmounts } from '../inject/resources.ts';
import { parseLabelSelector } from '../inject/selector.ts';
import { DEFAULT_PORT } from '../inject/sidecar.ts';

/** Headings of help and docs, in their order. */
export const INSTALL_GROUPS = ['Workloads', 'Sidecar', 'Output', 'Webhook', 'API server', 'Logging'] as const;

const HOST = /^(?:[A-Za-z0-9.-]+|[0-9A-Fa-f:.]+)$/;
const OBJECT = matching('name', 'the name of an object', SUBDOMAIN);
const LABELS = text('labels', 'labels such as app=metallb,component=speaker', parseLabelSelector);
const AMOUNTS = text('amounts', 'amounts such as cpu=50m,memory=128Mi', parseAmounts);
const NAME = text('name', 'a name', (given) => given);
/** An empty value counts as missing, which has an error message of its own. */
const IMAGE = matching('image', 'an image', /^(?:[\w.-][^\s"'\\]*)?$/);
const PORT = text('port', PORT_RANGE, parsePort);
const RELEASE = text('version', 'as 1.28 or v1.31.2', (given) => {
  const minor = /^v?1\.(\d{1,3})(?:$|[.+-])/.exec(given)?.[1];
  return minor === undefined ? undefined : Number(minor);
});

function amountsOf(which: 'requests' | 'limits'): string {
  return Object.entries(DEFAULT_RESOURCES[which])
    .map((pair) => pair.join('='))
    .join(',');
}

/** Flags of `inject`, `uninject` and `webhook`, and of `inject` and `webhook` alone. */
export const INSTALL = {
  name: setting('Workloads', 'name', NAME, {
    help:
      'This workload, for example speaker or metallb-system/speaker; may be repeated. Without --name and --selector: ' +
      'the speaker of MetalLB and frr-k8s, if found.',
  }),
  injectedName: setting('Workloads', 'name', NAME, {
    help:
      'Only this workload is freed of the sidecar; may be repeated. Without --name and --selector: every workload ' +
      'that has it.',
  }),
  selector: setting('Workloads', 'selector', LABELS, {
    short: 'l',
    help: 'Workloads with these labels, for example app=metallb,component=speaker.',
  }),
  podSelector: setting('Workloads', 'selector', LABELS, {
    short: 'l',
    help: 'Pods with these labels, for example app=metallb,component=speaker; may be repeated.',
  }),
  image: setting('Sidecar', 'image', IMAGE, {
    help: 'Image of the sidecar, from a registry that your nodes can reach; there is no default.',
  }),
  variant: setting('Sidecar', 'variant', choice(...VARIANTS), {
    help:
      'native, for Kubernetes 1.29 or newer, or ordinary; by default the one that fits --kubernetes-version, ' +
      'or else native. hub-alone adds no sidecar: the client talks to the hub (docs/hub.md).',
  }),
  kubernetesVersion: setting('Sidecar', 'kubernetes-version', RELEASE, {
    help: 'Choose the variant for this release, for example 1.28.',
  }),
  port: setting('Sidecar', 'port', PORT, {
    help: `First of three consecutive ports: proxy, admin, metrics; by default ${DEFAULT_PORT}, and 10 higher for frr-k8s.`,
  }),
  preset: setting('Sidecar', 'preset', choice(...PRESETS), {
    help: 'What counts as a change; by default metallb, and labels for frr-k8s.',
  }),
  client: setting('Sidecar', 'client', choice(...LEADINGS), {
    default: DEFAULT_LEADING,
    help:
      'How the client is directed to the sidecar: by KUBECONFIG or, if it ignores that variable, by its ' +
      'in-cluster configuration.',
  }),
  container: setting('Sidecar', 'container', NAME, {
    help: 'Which container is the client, if that cannot be recognised.',
  }),
  requests: setting('Sidecar', 'requests', AMOUNTS, {
    default: amountsOf('requests'),
    help: 'Resource requests of the sidecar; the default is lowered to --limits.',
  }),
  limits: setting('Sidecar', 'limits', AMOUNTS, {
    default: amountsOf('limits'),
    help:
      'Resource limits of the sidecar; the default is raised to --requests. If every container of the Pod has a CPU ' +
      'limit, cpu=500m is added, or more if more is requested.',
  }),
  hub: setting('Sidecar', 'hub', httpsUrls, {
    help:
      'Hubs that the sidecar asks before the API server (docs/hub.md); with --variant hub-alone the one to which ' +
      'the client is directed. Use addresses: Pods on the network of their node do not resolve the names of Services.',
  }),
  hubServerName: setting('Sidecar', 'hub-server-name', matching('name', 'a name', SUBDOMAIN), {
    default: DEFAULT_HUB_NAME,
    help: "The name in the hubs' certificate.",
  }),
  hubCaConfigMap: setting('Sidecar', 'hub-ca-configmap', OBJECT, {
    default: DEFAULT_HUB_CA,
    help:
      "The ConfigMap in the Pod's namespace whose ca.crt is the CA of that certificate; as long as it does not " +
      'exist, no hub is asked.',
  }),
  inPlace: turnedOn('Output', 'in-place', 'Change the files instead of writing to standard output.'),
  dryRun: turnedOn('Output', 'dry-run', 'Show what would change, as a unified diff.'),
  allowNone: turnedOn('Output', 'allow-none', 'Succeed even if there is nothing to do.'),
  listen: setting('Webhook', 'listen', address, {
    default: '0.0.0.0:8443',
    help: 'Where the API server calls, over https.',
  }),
  healthListen: setting('Webhook', 'health-listen', address, {
    default: '0.0.0.0:8080',
    help: 'Where /livez, /readyz and /metrics are served, over plain http.',
  }),
  service: setting('Webhook', 'service', serviceName, {
    help: 'The Service through which the API server calls.',
  }),
  host: setting('Webhook', 'host', matching('host', 'a name or an address', HOST), {
    help: 'A name or address at which the API server calls, for a webhook configured by url; may be repeated.',
  }),
  secret: setting('Webhook', 'secret', objectName, {
    help:
      'The Secret with the certificate authority; by default watchsieve-webhook-ca in the namespace of the ' +
      'Service.',
  }),
  configuration: setting('Webhook', 'configuration', OBJECT, {
    default: 'watchsieve-webhook',
    help: 'The MutatingWebhookConfiguration whose caBundle is kept up to date.',
  }),
  // At most the time before its expiry at which the authority is renewed.
  certificateLifetimeMs: setting('Webhook', 'certificate-lifetime', duration('10s', '1440h'), {
    default: '720h',
    help: 'Lifetime of the serving certificate.',
  }),
  drainDelayMs: setting('Webhook', 'drain-delay', duration('0s', '5m'), {
    default: '5s',
    help: 'After SIGTERM, keep answering for this long, until the API server has learned of it.',
  }),
  kubeconfig: setting('API server', 'kubeconfig', path, {
    help: 'Kubeconfig to reach the API server with; by default the credentials of the Pod.',
  }),
  context: contextRow('API server'),
  logLevel: setting('Logging', 'log-level', logLevel, {
    default: 'info',
    help: 'The least severe level that is logged.',
  }),
};

type Rows = readonly Setting<unknown>[];

const SIDECAR: Rows = [
  ...[INSTALL.image, INSTALL.variant, INSTALL.kubernetesVersion, INSTALL.port, INSTALL.preset],
  ...[INSTALL.client, INSTALL.container, INSTALL.requests, INSTALL.limits],
  ...[INSTALL.hub, INSTALL.hubServerName, INSTALL.hubCaConfigMap],
];
const MANIFESTS: Rows = [INSTALL.selector, INSTALL.inPlace, INSTALL.dryRun, INSTALL.allowNone];

/** Which of them each command takes. */
export const INSTALL_ROWS = {
  inject: [INSTALL.name, ...MANIFESTS, ...SIDECAR],
  uninject: [INSTALL.injectedName, ...MANIFESTS],
  webhook: [
    ...SIDECAR,
    ...[INSTALL.podSelector, INSTALL.listen, INSTALL.healthListen, INSTALL.service, INSTALL.host],
    ...[INSTALL.secret, INSTALL.configuration, INSTALL.certificateLifetimeMs, INSTALL.drainDelayMs],
    ...[INSTALL.kubeconfig, INSTALL.context, INSTALL.logLevel],
  ],
} as const satisfies Readonly<Record<string, Rows>>;
