/** Other projects' programs that read Nodes, each as a child process that tells of what it has made of them. */

import { Child } from '../support/child.ts';
import { parseJson, valueAt } from '../support/json-value.ts';
import type { Assets, ConsumerName } from './assets.ts';

export interface Told {
  /** How often it did its work. */
  readonly events: number;
  /** What has come of it, in one form for one meaning. */
  readonly state: string;
}

export interface Running {
  readonly child: Child;
  tell(): Promise<Told>;
}

export interface Consumer {
  readonly name: string;
  readonly preset: string;
  /** What its work is called. */
  readonly work: string;
  start(assets: Assets, kubeconfig: string): Promise<Running>;
}

const ANSWER_TIMEOUT_MS = 20_000;

/** A program that answers each line on its stdin. */
function answering(
  name: string,
  command: string,
  kubeconfig: string,
  shownOf = (state: unknown): string => JSON.stringify(state),
): Running {
  const child = new Child({ name, command, args: [], env: { KUBECONFIG: kubeconfig } });
  let asked = 0;
  return {
    child,
    tell: async () => {
      const id = String(++asked);
      child.writeLine(id);
      const isAnswer = (line: string): boolean => valueAt(parseJson(line), 'id') === id;
      const answer = parseJson(await child.stdout.waitFor(`answer ${id}`, isAnswer, ANSWER_TIMEOUT_MS));
      return { events: Number(valueAt(answer, 'events')), state: shownOf(valueAt(answer, 'state')) };
    },
  };
}

/** A program in go/. */
function inGo(
  name: ConsumerName,
  shownOf?: (state: unknown) => string,
): (assets: Assets, kubeconfig: string) => Promise<Running> {
  return async (assets, kubeconfig) => answering(name, await assets.consumer(name), kubeconfig, shownOf);
}

/** They come in the order of a Go map. */
function serversOf(configuration: unknown): string {
  const found = JSON.stringify(configuration).matchAll(/"url":"([^"]+)"/g);
  return [...found]
    .map(([, url]) => url)
    .sort()
    .join('\n');
}

export const CONSUMERS: readonly Consumer[] = [
  {
    name: "Prometheus's discovery",
    preset: 'prometheus',
    work: 'target groups sent',
    start: inGo('prometheus'),
  },
  {
    name: 'kube-state-metrics',
    preset: 'kube-state-metrics',
    work: 'times the metrics of a Node made',
    start: inGo('kube-state-metrics'),
  },
  {
    name: "Traefik's provider for Ingresses",
    preset: 'traefik',
    work: 'configurations built',
    start: inGo('traefik', serversOf),
  },
  {
    name: 'a metadata-only controller of controller-runtime',
    preset: 'labels',
    work: 'updates handled',
    start: inGo('metadata'),
  },
  {
    name: 'a metadata-only watcher of kube-rs',
    preset: 'labels',
    work: 'updates handled',
    start: async (assets, kubeconfig) => answering('kube-rs', await assets.kubeRs(), kubeconfig),
  },
];
