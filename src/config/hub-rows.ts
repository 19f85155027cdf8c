/** The settings that make a hub, and those that lead a sidecar to hubs. */
import { httpsUrls, name, path, text } from './kinds.ts';
import { setting } from './setting.ts';

const NAME = /^[a-z][a-z0-9-]*(\.[a-z0-9.-]+)?$/;

/** Names of resources as `--resources` has them; no more than those can be. */
const sharedNames = text(
  'resource,...',
  'names of resources, as nodes,leases.coordination.k8s.io',
  (given) => {
    const names = given.split(',').map((one) => one.trim());
    return names.length <= 21 && names.every((one) => NAME.test(one)) ? names : undefined;
  },
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
    help: 'File with the private key of that certificate.',
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
    help: "Name in the hubs' certificates, if it differs from the one in their URLs.",
  }),
};
