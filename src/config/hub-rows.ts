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
      'Makes this a hub: LISTs and watches of these resources, Nodes or such that --resources names, are answered from ' +
      "memory, which is kept up with this process's own credentials; each caller is asked about with its own.",
  }),
  tlsCertFile: setting('Clients', 'tls-cert-file', path, {
    inFile: 'named',
    help:
      'File with the certificate that a hub serves, in place of one of its own in --state-dir, and with its issuers ' +
      'behind it; looked at every minute. Clients trust its CA then, and not the one of the kubeconfig.',
  }),
  tlsPrivateKeyFile: setting('Clients', 'tls-private-key-file', path, {
    inFile: 'named',
    help: 'File with the key of that certificate.',
  }),
  hub: setting('Upstream', 'hub', httpsUrls, {
    inFile: 'named',
    help:
      "Hubs to ask first for LISTs and watches of what is filtered, with the client's own credentials; whatever a hub " +
      'does not answer goes to the API server at once. By address, where the network has no names yet.',
  }),
  hubCa: setting('Upstream', 'hub-ca', path, {
    inFile: 'named',
    help: "File with the CA of the hubs' certificates; read again for each connection.",
  }),
  hubServerName: setting('Upstream', 'hub-server-name', name, {
    inFile: 'named',
    help: "Name in the hubs' certificates, where it is not the one in their URLs.",
  }),
};
