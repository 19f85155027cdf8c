/**
 * All faults that `check` can find, each with its cure: one table for the command, its tests and docs/check.md. Pure.
 */

export const CHECK_NAMES = [
  'settings',
  'state-dir',
  'kubeconfig',
  'in-cluster',
  'certificate',
  'proxy',
  'admin',
  'upstream',
  'clock',
  'token',
  'identity',
  'permission',
  'filter',
  'clients',
  'hub',
  'swallowing',
  'watch',
] as const;
export type CheckName = (typeof CHECK_NAMES)[number];

interface FaultRow {
  readonly check: CheckName;
  /** The meaning in a few words; a finding adds details. */
  readonly what: string;
  readonly cure: string;
}

const PERMIT =
  'bind a ClusterRole with get, list and watch on nodes to the service account of the client (watchsieve itself needs none)';
const RESTART = 'restart the Pod: watchsieve then makes a new one, and its clients read it';

/** A fault that several checks may find is listed under the first of them. */
export const FAULTS = {
  'settings-invalid': {
    check: 'settings',
    what: 'a flag or a setting is wrong',
    cure: 'correct it (watchsieve check --help names all of them); serve does not start with a wrong setting either',
  },
  'state-dir-missing': {
    check: 'state-dir',
    what: 'the state directory does not exist',
    cure: 'give check the same --state-dir as serve or init; if neither has run yet, run one of them',
  },
  'state-dir-incomplete': {
    check: 'state-dir',
    what: 'the state directory is incomplete',
    cure: 'start watchsieve serve, which completes it; if it is running, look at its log',
  },
  'state-dir-read-only': {
    check: 'state-dir',
    what: 'the state directory cannot be written',
    cure: 'mount it without readOnly in the watchsieve container, with an fsGroup or owner that may write to it',
  },
  'kubeconfig-missing': {
    check: 'kubeconfig',
    what: 'the kubeconfig for clients cannot be read',
    cure:
      'start watchsieve serve, or name the file with --client-kubeconfig; a client that finds no such file falls ' +
      'back to the in-cluster configuration without a word',
  },
  'kubeconfig-invalid': {
    check: 'kubeconfig',
    what: 'the kubeconfig for clients is not a usable kubeconfig',
    cure: 'delete it and restart watchsieve serve, which writes a new one',
  },
  'kubeconfig-elsewhere': {
    check: 'kubeconfig',
    what: 'the kubeconfig for clients does not point to --listen',
    cure: 'use the one that serve wrote into its --state-dir; give check and serve the same --listen',
  },
  'kubeconfig-wrong-ca': {
    check: 'kubeconfig',
    what: 'the CA of the kubeconfig is not that of the state directory',
    cure:
      'mount the state directory at the same path for watchsieve and its client, and restart the client: it reads ' +
      'the CA once',
  },
  'in-cluster-incomplete': {
    check: 'in-cluster',
    what: 'a file for in-cluster clients is missing',
    cure: 'start watchsieve serve, which writes it; if it is running, look at its log',
  },
  'in-cluster-other': {
    check: 'in-cluster',
    what: 'the files for in-cluster clients do not match the settings',
    cure: 'give check and serve the same --in-cluster-token-file and --in-cluster-namespace',
  },
  'in-cluster-wrong-ca': {
    check: 'in-cluster',
    what: "in-cluster clients are given other CAs than the proxy's and the API server's",
    cure: 'make sure that watchsieve serve runs: it corrects this within a minute. Then restart the client, which reads the CAs only once',
  },
  'certificate-broken': {
    check: 'certificate',
    what: 'the serving certificate does not fit its CA or its hosts',
    cure: RESTART,
  },
  'certificate-not-valid': {
    check: 'certificate',
    what: 'the serving certificate is not valid now',
    cure: 'correct the clock of this machine, then restart watchsieve, which renews the certificate',
  },
  'certificate-ending': {
    check: 'certificate',
    what: 'the serving certificate should have been renewed',
    cure: 'find the reason in the log of watchsieve; with a writable state directory, a restart renews it',
  },
  'certificate-files': {
    check: 'certificate',
    what: 'the certificate of --tls-cert-file cannot be served, or is not valid now',
    cure:
      'have cert-manager or manifests/hub/certificate.sh make a new one, which is used within a minute; until then ' +
      'sidecars ask the API server',
  },
  'proxy-down': {
    check: 'proxy',
    what: 'nothing listens where clients connect',
    cure: 'start watchsieve serve; if it is running, its log names the port',
  },
  'proxy-squatted': {
    check: 'proxy',
    what: 'another process listens where clients connect',
    cure:
      'stop the other process or choose another --listen; if two watchsieves run on one node, give each its own ports. ' +
      'No token was sent to the other process',
  },
  'proxy-silent': {
    check: 'proxy',
    what: 'the process that listens where clients connect does not answer',
    cure: 'check whether the container is stopped or short of CPU, and restart it',
  },
  'admin-down': {
    check: 'admin',
    what: 'the admin listener does not answer',
    cure: 'start watchsieve serve, or give check the same --admin-listen',
  },
  'admin-foreign': {
    check: 'admin',
    what: 'another process listens at --admin-listen',
    cure: 'stop the other process, or choose another --admin-listen for both serve and check',
  },
  'not-ready': {
    check: 'admin',
    what: 'watchsieve is not ready',
    cure: 'correct what it names; for an upstream that does not answer, see the checks below',
  },
  'upstream-unknown': {
    check: 'upstream',
    what: 'there is no address of the API server',
    cure: 'run check in the Pod, or name the API server with --kubeconfig',
  },
  'upstream-name': {
    check: 'upstream',
    what: 'the name of the API server cannot be resolved',
    cure: "correct the kubeconfig's server or the DNS of this machine",
  },
  'upstream-unreachable': {
    check: 'upstream',
    what: 'the API server cannot be reached',
    cure: 'make sure that it runs and that no NetworkPolicy or firewall blocks it; a Pod on the host network needs kube-proxy',
  },
  'upstream-ca': {
    check: 'upstream',
    what: "the API server's CA cannot be read",
    cure: "mount the ConfigMap kube-root-ca.crt, as the manifests do, or correct the kubeconfig's certificate-authority",
  },
  'upstream-wrong-ca': {
    check: 'upstream',
    what: "the API server's certificate is not signed by the given CA, or names another host",
    cure: "use the CA of this cluster; if the host differs, set the kubeconfig's tls-server-name",
  },
  'upstream-certificate-time': {
    check: 'upstream',
    what: "the API server's certificate is not valid by this machine's clock",
    cure: 'correct the clock of this machine; if it is right, renew the certificate of the API server',
  },
  'clock-skewed': {
    check: 'clock',
    what: 'the clocks of this machine and of the API server differ',
    cure: 'synchronise both by NTP: the validity of certificates and tokens depends on the clock',
  },
  'token-missing': {
    check: 'token',
    what: 'there is no token for the client to send',
    cure: "set --token-file to the file with the service account token in the client's container",
  },
  'token-expired': {
    check: 'token',
    what: 'the token has expired',
    cure: 'make a new one (kubectl create token); a projected service account token is renewed by the kubelet',
  },
  'token-rejected': {
    check: 'identity',
    what: 'the API server does not accept the token (401)',
    cure: 'give the client a token of this cluster, for a service account that still exists',
  },
  'request-failed': {
    check: 'identity',
    what: 'a request through the proxy was not answered as expected',
    cure: 'correct what is wrong above; otherwise look at the log of watchsieve at that time',
  },
  'not-permitted': {
    check: 'permission',
    what: 'the client may not list and watch nodes',
    cure: PERMIT,
  },
  'no-client': {
    check: 'clients',
    what: 'no client has a sieved watch open',
    cure:
      'set KUBECONFIG in the container of the client to the kubeconfig in the state directory: with an empty variable or ' +
      'a missing file, the client silently uses its in-cluster configuration. A client that ignores KUBECONFIG needs ' +
      'KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT of the proxy, as --client in-cluster sets them. Then restart ' +
      'that container',
  },
  'hub-unreachable': {
    check: 'hub',
    what: 'the hub does not answer, so the API server is asked instead',
    cure:
      'make sure that the hub runs (kubectl -n watchsieve-hub get pods,services) and that --hub has its address. Within a ' +
      'minute the sidecar asks the hub again for each new LIST and watch; open watches stay at the API server',
  },
  'hub-untrusted': {
    check: 'hub',
    what: "the hub's certificate is not trusted, so the API server is asked instead",
    cure:
      "make sure that --hub-ca has its CA, which is in the ConfigMap watchsieve-hub-ca of the Pod's namespace " +
      '(manifests/hub/certificate.sh), and that --hub-server-name is a name in the certificate',
  },
  'hub-other-filter': {
    check: 'hub',
    what: 'the hub filters differently from this process, so the API server is asked instead',
    cure:
      'give both the same --preset and release, or name the preset in the path of --hub, as in ' +
      'https://10.0.0.1/for/labels; a projection of your own must be in the config file of both',
  },
  'hub-declines': {
    check: 'hub',
    what: 'the hub has answered nothing from memory, so the API server is asked instead',
    cure: 'watchsieve_hub_requests_total of the hub counts the reasons; docs/hub.md explains them',
  },
  'nothing-swallowed': {
    check: 'swallowing',
    what: 'events arrive, but none is swallowed',
    cure: 'find in /debug/explain?object=NAME what differs between two events, and choose a --preset that does not compare it',
  },
  'watch-refused': {
    check: 'watch',
    what: 'a watch of Nodes through the proxy was refused',
    cure: 'see the answer: status 429 means a limit of watchsieve (--max-streams) or of the API server',
  },
  'watch-silent': {
    check: 'watch',
    what: 'a watch of Nodes through the proxy was not answered in time',
    cure: 'look at /readyz?verbose and the log of watchsieve; an overloaded API server answers watches late',
  },
} as const satisfies Readonly<Record<string, FaultRow>>;

export type Fault = keyof typeof FAULTS;
