/** Everything that `check` can find wrong, and the cure of each: one table for the command, its tests and docs/check.md. Pure. */

/** The checks, in the order in which they are made. */
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
  /** What it means, in a few words; a finding adds the particulars. */
  readonly what: string;
  readonly cure: string;
}

const PERMIT =
  'bind a ClusterRole with get, list and watch on nodes to the service account of the client (watchsieve needs none)';
const RESTART = 'restart the Pod: watchsieve makes it anew, and its clients have to read it again';

/** A fault that several checks may meet belongs to the first of them. */
export const FAULTS = {
  'settings-invalid': {
    check: 'settings',
    what: 'a flag or a setting is wrong',
    cure: 'correct it (watchsieve check --help names all of them); serve does not start with a wrong setting either',
  },
  'state-dir-missing': {
    check: 'state-dir',
    what: 'the state directory does not exist',
    cure: 'give check the --state-dir that serve or init has; where neither has run yet, run one of them',
  },
  'state-dir-incomplete': {
    check: 'state-dir',
    what: 'the state directory is not complete',
    cure: 'start watchsieve serve, which completes it; where it runs, see its log',
  },
  'state-dir-read-only': {
    check: 'state-dir',
    what: 'the state directory cannot be written',
    cure: 'mount it without readOnly in the watchsieve container, with an fsGroup or owner it may write as',
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
    what: 'the kubeconfig for clients is no usable kubeconfig',
    cure: 'delete it and restart watchsieve serve, which writes it anew',
  },
  'kubeconfig-elsewhere': {
    check: 'kubeconfig',
    what: 'the kubeconfig for clients does not lead to --listen',
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
    cure: 'start watchsieve serve, which writes it; where it runs, see its log',
  },
  'in-cluster-other': {
    check: 'in-cluster',
    what: 'the files for in-cluster clients are not those of the settings',
    cure: 'give check and serve the same --in-cluster-token-file and --in-cluster-namespace',
  },
  'in-cluster-wrong-ca': {
    check: 'in-cluster',
    what: "in-cluster clients are given other CAs than the proxy's and the API server's",
    cure: 'see that watchsieve serve runs, which corrects it within a minute, then restart the client: it reads them once',
  },
  'certificate-broken': {
    check: 'certificate',
    what: 'the serving certificate does not fit its CA or its hosts',
    cure: RESTART,
  },
  'certificate-not-valid': {
    check: 'certificate',
    what: 'the serving certificate is not valid now',
    cure: 'set the clock of this machine right, then restart watchsieve, which renews the certificate',
  },
  'certificate-ending': {
    check: 'certificate',
    what: 'the serving certificate should have been renewed',
    cure: 'see the log of watchsieve for why it could not; a writable state directory and a restart renew it',
  },
  'certificate-files': {
    check: 'certificate',
    what: 'the certificate of --tls-cert-file cannot be served, or is not valid now',
    cure:
      'have it made anew, by cert-manager or manifests/hub/certificate.sh; another one is taken up within a minute, ' +
      'and until then sidecars ask the API server',
  },
  'proxy-down': {
    check: 'proxy',
    what: 'nobody listens where clients connect',
    cure: 'start watchsieve serve; where it runs, see in its log which port it took',
  },
  'proxy-squatted': {
    check: 'proxy',
    what: 'who listens where clients connect is not this watchsieve',
    cure:
      'stop the other process or choose another --listen; where two watchsieves are on one node, give each its ' +
      'own ports. It was sent no token',
  },
  'proxy-silent': {
    check: 'proxy',
    what: 'who listens where clients connect does not answer',
    cure: 'see whether the container is starved of CPU or stopped, and restart it',
  },
  'admin-down': {
    check: 'admin',
    what: 'the admin listener does not answer',
    cure: 'start watchsieve serve, or give check the --admin-listen it has',
  },
  'admin-foreign': {
    check: 'admin',
    what: 'who listens at --admin-listen is not watchsieve',
    cure: 'stop the other process or choose another --admin-listen, for serve and check alike',
  },
  'not-ready': {
    check: 'admin',
    what: 'watchsieve is not ready',
    cure: 'cure what it names; an upstream that does not answer is looked at below',
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
    cure: 'see that it runs, and that no NetworkPolicy or firewall lies between; a host network Pod needs kube-proxy',
  },
  'upstream-ca': {
    check: 'upstream',
    what: "the API server's CA cannot be read",
    cure: "mount the ConfigMap kube-root-ca.crt, as the manifests do, or correct the kubeconfig's certificate-authority",
  },
  'upstream-wrong-ca': {
    check: 'upstream',
    what: "the API server's certificate is not of the CA that was given, or names another host",
    cure: "use the CA of this very cluster; where the host differs, the kubeconfig's tls-server-name",
  },
  'upstream-certificate-time': {
    check: 'upstream',
    what: "the API server's certificate is not valid by this machine's clock",
    cure: 'set the clock of this machine right; where it is right, renew the certificate of the API server',
  },
  'clock-skewed': {
    check: 'clock',
    what: 'the clocks of this machine and of the API server differ',
    cure: 'have both follow NTP: certificates and tokens are judged by the clock',
  },
  'token-missing': {
    check: 'token',
    what: 'there is no token for the client to send',
    cure: "let --token-file name the file where the client's container has its service account token",
  },
  'token-expired': {
    check: 'token',
    what: 'the token has expired',
    cure: 'make a new one (kubectl create token); a projected service account token is renewed by the kubelet',
  },
  'token-rejected': {
    check: 'identity',
    what: 'the API server does not accept the token (401)',
    cure: 'give the client a token of this very cluster whose service account still exists',
  },
  'request-failed': {
    check: 'identity',
    what: 'a request through the proxy was not answered as expected',
    cure: 'cure what is wrong above; else see the log of watchsieve at that time',
  },
  'not-permitted': {
    check: 'permission',
    what: 'the client may not list and watch nodes',
    cure: PERMIT,
  },
  'no-client': {
    check: 'clients',
    what: 'no client has a watch open that is sieved',
    cure:
      'set KUBECONFIG in the container of the client, to the kubeconfig in the state directory: an empty variable or ' +
      'a missing file silently falls back to in-cluster. One without a kubeconfig needs KUBERNETES_SERVICE_HOST and ' +
      'KUBERNETES_SERVICE_PORT of the proxy, as --client in-cluster sets them. Then restart that container',
  },
  'hub-unreachable': {
    check: 'hub',
    what: 'the hub does not answer, and the API server is asked in its place',
    cure:
      'see that the hub runs (kubectl -n watchsieve-hub get pods,services) and that --hub has its address; a minute ' +
      'later the sidecar asks it again for each LIST and watch that begins, and watches that are open stay where they are',
  },
  'hub-untrusted': {
    check: 'hub',
    what: "the hub's certificate is not trusted, and the API server is asked in its place",
    cure:
      "see that --hub-ca has the CA of it, which the ConfigMap watchsieve-hub-ca of the Pod's namespace holds " +
      '(manifests/hub/certificate.sh), and --hub-server-name a name in it',
  },
  'hub-other-filter': {
    check: 'hub',
    what: 'the hub does not filter as this process does, and the API server is asked in its place',
    cure:
      'give both the same --preset and release, or let the path of --hub name the preset, as https://10.0.0.1/for/labels; ' +
      'a projection of your own has to be in the config file of both',
  },
  'hub-declines': {
    check: 'hub',
    what: 'the hub has answered nothing from memory, and the API server is asked in its place',
    cure: 'see watchsieve_hub_requests_total of the hub for why, and docs/hub.md for what each reason means',
  },
  'nothing-swallowed': {
    check: 'swallowing',
    what: 'events arrive, and none is swallowed',
    cure: 'look at /debug/explain?object=NAME for what differs between two events; choose a --preset that leaves it out',
  },
  'watch-refused': {
    check: 'watch',
    what: 'a watch of Nodes through the proxy was refused',
    cure: 'follow what the answer says: 429 is a limit of watchsieve (--max-streams) or of the API server',
  },
  'watch-silent': {
    check: 'watch',
    what: 'a watch of Nodes through the proxy was not answered in time',
    cure: 'see /readyz?verbose and the log of watchsieve; an overloaded API server answers watches late',
  },
} as const satisfies Readonly<Record<string, FaultRow>>;

export type Fault = keyof typeof FAULTS;
