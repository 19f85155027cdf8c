/**
 * A client as many operators are: it reads the in-cluster configuration and nothing else, says who it is taken for, and
 * tells each event of Nodes as a line of JSON. It runs in an image of its own.
 */

import {
  AuthenticationV1Api,
  CoreV1Api,
  KubeConfig,
  makeInformer,
  type V1Node,
  V1SelfSubjectReview,
} from '@kubernetes/client-node';

const RETRY_MS = 500;

function say(line: object): void {
  console.log(JSON.stringify(line));
}

async function main(): Promise<void> {
  const config = new KubeConfig();
  config.loadFromCluster();
  const body = new V1SelfSubjectReview();
  Object.assign(body, { apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview' });
  const review = await config.makeApiClient(AuthenticationV1Api).createSelfSubjectReview({ body });
  say({
    server: config.getCurrentCluster()?.server,
    namespace: config.getContextObject(config.getCurrentContext())?.namespace,
    user: review.status?.userInfo?.username,
  });
  const api = config.makeApiClient(CoreV1Api);
  const informer = makeInformer<V1Node>(config, '/api/v1/nodes', () => api.listNode());
  const tell = (event: string) => (node: V1Node) =>
    say({ event, node: node.metadata?.name, mark: node.metadata?.labels?.['example.com/mark'] });
  informer.on('add', tell('add'));
  informer.on('update', tell('update'));
  informer.on('error', () => void setTimeout(() => void informer.start(), RETRY_MS));
  await informer.start();
  say({ event: 'synced' });
}

process.once('SIGTERM', () => process.exit(0));

// A sidecar that is an ordinary container may listen a moment later.
for (let isThere = false; !isThere;) {
  isThere = await main().then(
    () => true,
    (error: unknown) => {
      say({ error: String(error) });
      return new Promise<false>((resolve) => setTimeout(() => resolve(false), RETRY_MS));
    },
  );
}
