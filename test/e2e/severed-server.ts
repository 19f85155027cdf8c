/**
 * The program that runs in a namespace: `severed-server.ts HOST FOLDER` starts a simulator with beating
 * Nodes, writes token, CA and kubeconfig into the folder, and prints its address. The end of stdin ends it.
 */

import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';

import {
  createCertificateAuthority,
  issueServingCertificate,
} from '../../src/platform/identity/certificates.ts';
import { renderKubeconfig } from '../../src/platform/identity/kubeconfig.ts';
import { startHeartbeats } from '../../src/lab/simulator/heartbeats.ts';
import { startSimulator } from '../../src/lab/simulator/start-simulator.ts';
import { REAL_TIMERS } from '../../src/lab/simulator/timers.ts';

const [host = '', folder = ''] = process.argv.slice(2);
const now = new Date();
const ca = await createCertificateAuthority({ now, commonName: 'watchsieve-e2e' });
const tls = await issueServingCertificate(ca, { hosts: [host], now });
const simulator = await startSimulator({ tls, host, nodes: 10 });
const tokenFile = join(folder, 'token');
await writeFile(tokenFile, 'any');
await writeFile(join(folder, 'ca.crt'), ca.certPem);
await writeFile(
  join(folder, 'kubeconfig'),
  renderKubeconfig({ stateDir: folder, tokenFile, ...simulator.address }),
);
const heartbeats = startHeartbeats(simulator.cluster, { perSecond: 20 }, REAL_TIMERS);
console.log(simulator.url);
await text(process.stdin);
heartbeats.stop();
await simulator.close();
