/** The settings that make a hub, and those that lead a sidecar to hubs. */
import { isIP } from 'node:net';
import { httpsUrls, list, name, namedObject, objectName, path } from './kinds.ts';
import { setting } from './setting.ts';

const NAME = /^[a-z][a-z0-9-]*(\.[a-z0-9.-]+)?$/;

/** Names of resources as `--resources` has them; no more than those can be. */
const sharedNames = list(
  'resource,...',
  'names of resources, as nodes,leases.coordination.k8s.io',
  21,
  (given) => (NAME.test(given) ? given : undefined),
);

/** The most ConfigMaps of one hub, each of which is read every minute. */
const MAX_CONFIGMAPS = 50;

const namedObjects = list(
  'namespace/name,...',
  `NAMESPACE/NAME, separated by commas, ${MAX_CONFIGMAPS} at most`,
  MAX_CONFIGMAPS,
  namedObject,
);

const HOST = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)*$/;
/** The most names of one certificate; more would lengthen each handshake. */
const MAX_NAMES = 16;

const hostNames = list(
  'name,...',
  `names of hosts or addresses, separated by commas, ${MAX_NAMES} at most`,
  MAX_NAMES,
  (given) => (given.length <= 253 && (HOST.test(given) || isIP(given) !== 0) ? given : undefined),
);

export const HUB_ROWS = {
  share: setting('Upstream', 'share', sharedNames, {
    inFile: 'named',
    help:
      'Makes this watchsieve a hub: LISTs and watches of these resources (Nodes, or names from --resources) ' +
      'are answered from memory. The hub keeps its memory current with its own credentials, and asks the API ' +
      "server what each caller may see with the caller's credentials.",
  }),
  tlsCertFile: setting('Clients', 'tls-cert-file', path, {
    inFile: 'named',
    help:
      'File with the certificate that a hub serves, followed by its issuers, instead of a certificate made in ' +
      '--state-dir. It is read again every minute. Clients must trust its CA instead of the CA in the ' +
      'kubeconfig.',
  }),
  tlsPrivateKeyFile: setting('Clients', 'tls-private-key-file', path, {
    inFile: 'named',
    help: 'File with the private key of the certificate in --tls-cert-file.',
  }),
  tlsAuthority: setting('Clients', 'tls-authority', objectName, {
    inFile: 'named',
    help:
      'Secret with a certificate authority that the replicas of a hub share, instead of --tls-cert-file. The first ' +
      'replica fills it; each replica serves its own certificate of this authority, which is replaced in time.',
  }),
  tlsAuthorityNames: setting('Clients', 'tls-authority-names', hostNames, {
    inFile: 'named',
    help: 'Names in the certificates of --tls-authority, as watchsieve-hub.watchsieve-hub.svc.',
  }),
  tlsAuthorityConfigmaps: setting('Clients', 'tls-authority-configmaps', namedObjects, {
    inFile: 'named',
    help:
      'ConfigMaps, which must exist: the hub writes the CA of --tls-authority into their ca.crt, and the previous CA as ' +
      'long as it is valid.',
  }),
  hub: setting('Upstream', 'hub', httpsUrls, {
    inFile: 'named',
    help:
      "Hubs to ask first for filtered LISTs and watches, with the client's own credentials. If no hub answers, " +
      "the API server is asked at once. Use addresses if the Pod's network cannot resolve names of Services.",
  }),
  hubCa: setting('Upstream', 'hub-ca', path, {
    inFile: 'named',
    help: "File with the CA of the hubs' certificates; read again for each connection.",
  }),
  hubServerName: setting('Upstream', 'hub-server-name', name, {
    inFile: 'named',
    help: "Name in the hubs' certificates, if it differs from the name in their URLs.",
  }),
};
