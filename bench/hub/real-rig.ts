/** A real API server, hubs before it, and the clients of either, each with a service account's token of its own. */
import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { projectionDigest, PROJECTION_HEADER } from '../../src/core/projection/projection-digest.ts';
import { projectionOf } from '../../src/core/projection/presets.ts';
import type { ControlPlane } from '../../test/e2e/assets.ts';
import { Cluster } from '../../test/e2e/cluster.ts';
import { Scrape } from '../../test/e2e/metrics.ts';
import { Nodes } from '../../test/e2e/nodes.ts';
import { type ProxiedCluster, Proxy } from '../../test/e2e/proxy.ts';
import { Child } from '../../test/support/child.ts';
import { numberAt, parseJson, textAt } from '../../test/support/json-value.ts';
import type { LoadPlan } from './real-load.ts';

const LOAD = fileURLToPath(new URL('real-load.ts', import.meta.url));
const TIMEOUT_MS = 300_000;
const NAMESPACE = '/api/v1/namespaces/default';
const RBAC = '/apis/rbac.authorization.k8s.io/v1';
const NAME = 'bench-client';
const TOKENS_AT_ONCE = 20;

/** What they have used since their start. */
export interface Used {
  readonly apiServerSeconds: number;
  readonly hubSeconds: number;
}

export class RealRig {
  readonly cluster: Cluster;
  readonly nodes: Nodes;
  readonly #program: string;
  readonly #tokens: readonly string[];
  readonly #hubs: Proxy[] = [];
  readonly #loads: Child[] = [];

  private constructor(cluster: Cluster, nodes: Nodes, program: string, tokens: readonly string[]) {
    this.cluster = cluster;
    this.nodes = nodes;
    this.#program = program;
    this.#tokens = tokens;
  }

  static async start(
    controlPlane: ControlPlane,
    program: string,
    nodeCount: number,
    clients: number,
  ): Promise<RealRig> {
    const cluster = await Cluster.start(controlPlane);
    try {
      const nodes = new Nodes(cluster.admin, nodeCount);
      await nodes.create();
      return new RealRig(cluster, nodes, program, await tokensFor(cluster, clients));
    } catch (error) {
      await cluster.stop();
      throw error;
    }
  }

  async startHubs(count: number): Promise<readonly Proxy[]> {
    const { cluster } = this;
    const ofHub: ProxiedCluster = {
      folder: cluster.folder,
      endpoint: (user) => cluster.endpoint(user),
      tokenFile: (user) => cluster.tokenFile(user),
      writeKubeconfig: () => cluster.writeKubeconfig('hub.kubeconfig', 'watcher'),
    };
    const limits = ['--max-connections=20000', '--max-streams=20000', '--max-requests=20000'];
    const args = ['--preset=metallb', '--share=nodes', '--memory-budget=4GiB', ...limits];
    for (let i = 0; i < count; i++)
      this.#hubs.push(await Proxy.start({ program: this.#program, cluster: ofHub, args }));
    return this.#hubs;
  }

  /**
   * So many clients that begin at once.
   *
   * @param isPatient they do not leave a hub that has no answer yet
   * @returns when all of them follow
   */
  async follow(clients: number, hubs: readonly Proxy[], isPatient = false): Promise<Followers> {
    const { cluster } = this;
    const plan: LoadPlan = {
      apiServer: { server: cluster.server, ca: cluster.ca },
      hubs: hubs.map((hub) => hub.endpoint('admin')).map(({ server, ca }) => ({ server, ca })),
      tokens: this.#tokens,
      projection: [PROJECTION_HEADER, projectionDigest(projectionOf('metallb'))],
      isPatient,
    };
    const file = join(cluster.folder, `load-${this.#loads.length}.json`);
    await writeFile(file, JSON.stringify(plan), { mode: 0o600 });
    const child = new Child({ name: 'clients', command: process.execPath, args: [LOAD, file] });
    this.#loads.push(child);
    return Followers.begin(child, clients);
  }

  used(): Used {
    return {
      apiServerSeconds: this.cluster.apiServerUsage.cpuSeconds,
      hubSeconds: this.#hubs.reduce((sum, hub) => sum + hub.usage().cpuSeconds, 0),
    };
  }

  /** How often the API server has been asked what a caller may do. */
  async reviews(): Promise<number> {
    const scrape = new Scrape((await this.cluster.admin.get('/metrics')).body.toString());
    return scrape.sum('apiserver_request_total', { resource: 'selfsubjectaccessreviews' });
  }

  async stopHubs(): Promise<void> {
    await Promise.all(this.#hubs.splice(0).map((hub) => hub.stop()));
  }

  async stop(): Promise<void> {
    await Promise.all(this.#loads.map((child) => child.stop(0)));
    await this.stopHubs();
    await this.cluster.stop();
  }
}

/** Clients that all watch. */
export class Followers {
  readonly #child: Child;
  /** From the start of all until the last one had its LIST and the head of its watch. */
  readonly inStepMs: number;
  /** Requests that no hub answered. */
  readonly fallbacks: number;
  /** After a 429 of the API server, or a connection that broke. */
  readonly retries: number;
  /** Of the process, meanwhile. */
  readonly cpuSeconds: number;

  private constructor(child: Child, inStepMs: number, cpuSeconds: number, line: unknown) {
    this.#child = child;
    this.inStepMs = inStepMs;
    this.cpuSeconds = cpuSeconds;
    this.fallbacks = numberAt(line, 'fallbacks');
    this.retries = numberAt(line, 'retries');
  }

  static async begin(child: Child, clients: number): Promise<Followers> {
    await lineOf(child, '{"ready"');
    const [before, begun] = [child.usage().cpuSeconds, performance.now()];
    child.writeLine(`more ${clients}`);
    const line = await lineOf(child, `{"open":${clients},`);

    const inStepMs = performance.now() - begun;
    return new Followers(child, inStepMs, child.usage().cpuSeconds - before, line);
  }

  /** How many events each has been sent since the last mark, this one included; and how many watches had ended so far. */
  async marked(
    text: string,
  ): Promise<{ readonly least: number; readonly most: number; readonly ends: number }> {
    const mark = Number.parseInt(text.slice('mark-'.length), 10);
    this.#child.writeLine(`marked ${mark}`);
    const line = await lineOf(this.#child, `{"marked":${mark},`);
    const [least, most] = [numberAt(line, 'events', 0), numberAt(line, 'events', 1)];
    return { least, most, ends: numberAt(line, 'ends') };
  }

  async stop(): Promise<void> {
    await this.#child.stop(0);
  }
}

async function lineOf(child: Child, begin: string): Promise<unknown> {
  try {
    const line = await child.stdout.waitFor(begin, (text) => text.startsWith(begin), TIMEOUT_MS);
    return parseJson(line);
  } catch (cause) {
    throw new Error(child.stderr.lines.slice(0, 40).join('\n'), { cause });
  }
}

/** As each Pod has one of its own, and a hub asks about each. */
async function tokensFor({ admin }: Cluster, count: number): Promise<readonly string[]> {
  await admin.send('POST', `${NAMESPACE}/serviceaccounts`, { metadata: { name: NAME } });
  await admin.send('POST', `${RBAC}/clusterroles`, {
    metadata: { name: NAME },
    rules: [{ apiGroups: [''], resources: ['nodes'], verbs: ['get', 'list', 'watch'] }],
  });
  await admin.send('POST', `${RBAC}/clusterrolebindings`, {
    metadata: { name: NAME },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: NAME },
    subjects: [{ kind: 'ServiceAccount', name: NAME, namespace: 'default' }],
  });
  const one = async (): Promise<string> => {
    const spec = { expirationSeconds: 7200 };
    const answer = await admin.send('POST', `${NAMESPACE}/serviceaccounts/${NAME}/token`, { spec });
    return textAt(answer, 'status', 'token');
  };
  const tokens: string[] = [];
  while (tokens.length < count)
    tokens.push(
      ...(await Promise.all(Array.from({ length: Math.min(TOKENS_AT_ONCE, count - tokens.length) }, one))),
    );
  assert.equal(new Set(tokens).size, count);
  return tokens;
}
