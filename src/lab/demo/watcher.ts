/**
 * A real client of the demo: the informer of @kubernetes/client-node on all Nodes, used as in any other program.
 * This module only adds counting.
 */
import { readFile } from 'node:fs/promises';
import { CoreV1Api, KubeConfig, makeInformer } from '@kubernetes/client-node';
import type { Informer, RequestContext, V1Node } from '@kubernetes/client-node';
import { Agent } from 'undici';
import type { Dispatcher } from 'undici';
import type { SideCounts } from './view.ts';

export interface NodeWatcherOptions {
  /** Names the server and its CA. Its `tokenFile` is passed separately, because client-node does not read it. */
  readonly kubeconfigPath: string;
  readonly tokenFile: string;
  /** Called with each Node as it arrives. */
  readonly onNode: (node: V1Node) => void;
  /** Called if the informer gives up. */
  readonly onError: (error: Error) => void;
}

/** A running watch of all Nodes. */
export interface NodeWatcher {
  /** The counts of the watch so far, without the LIST before it. */
  counts(): SideCounts;
  stop(): Promise<void>;
}

/** Lists and watches; resolves when the watch is open. @throws Error if the server refuses */
export async function watchNodes(options: NodeWatcherOptions): Promise<NodeWatcher> {
  let [events, modified, bytes] = [0, 0, 0];
  const token = await readFile(options.tokenFile, 'utf8');
  const config = new CountingKubeConfig(token, (count) => (bytes += count));
  config.loadFromFile(options.kubeconfigPath);
  await config.trustCluster();
  const api = config.makeApiClient(CoreV1Api);
  const informer: Informer<V1Node> = makeInformer(config, '/api/v1/nodes', () => api.listNode());
  const starting = Promise.withResolvers<undefined>();
  informer.on('error', (error: unknown) => {
    const failure = toError(error);
    starting.reject(failure);
    options.onError(failure);
  });
  let isListed = false;
  const count = (node: V1Node): void => {
    if (!isListed) return;
    events++;
    options.onNode(node);
  };
  informer.on('add', count);
  informer.on('delete', count);
  informer.on('update', (node) => {
    modified++;
    count(node);
  });
  const stop = async (): Promise<void> => {
    await informer.stop();
    await config.close();
  };
  try {
    await Promise.race([informer.start(), starting.promise]);
  } catch (error) {
    await stop();
    throw error;
  }
  isListed = true;
  return { counts: () => ({ events, modified, bytes }), stop };
}

/** Counts the bytes of watches, and reuses its connections: client-node makes new ones for each request. */
class CountingKubeConfig extends KubeConfig {
  readonly #token: string;
  readonly #count: (bytes: number) => void;
  #agent = new Agent();

  constructor(token: string, count: (bytes: number) => void) {
    super();
    this.#token = token;
    this.#count = count;
  }

  /** Reads the CA of the current cluster. */
  async trustCluster(): Promise<void> {
    const caFile = this.getCurrentCluster()?.caFile;
    if (caFile === undefined) throw new Error('the kubeconfig names no certificate-authority');
    this.#agent = new Agent({ connect: { ca: await readFile(caFile, 'utf8') } });
  }

  override applySecurityAuthentication(context: RequestContext): Promise<void> {
    context.setHeaderParam('Authorization', `Bearer ${this.#token}`);
    const isWatch = new URL(context.getUrl()).searchParams.has('watch');
    context.setDispatcher(isWatch ? this.#agent.compose(countBytes(this.#count)) : this.#agent);
    return Promise.resolve();
  }

  async close(): Promise<void> {
    await this.#agent.destroy();
  }
}

function countBytes(count: (bytes: number) => void): Dispatcher.DispatcherComposeInterceptor {
  return (dispatch) => (options, handler) =>
    dispatch(options, {
      onRequestStart: (controller, context) => handler.onRequestStart?.(controller, context),
      onResponseStart: (...response) => handler.onResponseStart?.(...response),
      onResponseData: (controller, chunk) => {
        count(chunk.length);
        handler.onResponseData?.(controller, chunk);
      },
      onResponseEnd: (controller, trailers) => handler.onResponseEnd?.(controller, trailers),
      onResponseError: (controller, error) => handler.onResponseError?.(controller, error),
    });
}

function toError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}
