/** What an attack is: a bounded time of hostile traffic against one running product. One file each in `attacks/`. */

/** Where an attack, and whoever else is a client, finds the product. */
export interface Target {
  /** Of the proxy listener, or of the webhook's, on 127.0.0.1. */
  readonly port: number;
  /** Of the webhook: its health port. */
  readonly adminPort: number;
  /** Of `--metrics-listen`; of the webhook: its health port. */
  readonly metricsPort: number;
  /** The CA of the listener's certificate, PEM. */
  readonly ca: string;
  /** Of `--config`; the webhook has none. */
  readonly configFile: string;
}

export interface ClusterSize {
  readonly nodes: number;
  /** Of each Node, about. */
  readonly nodeBytes: number;
}

export interface Attack {
  /** As `--only` names it. */
  readonly name: string;
  /** For the table. */
  readonly what: string;
  /** Which command is attacked; `serve` where nothing is said. */
  readonly victim?: 'serve' | 'webhook' | 'hub';
  /** Of the cluster behind a hub; 5,000 small Nodes where nothing is said. */
  readonly cluster?: ClusterSize;
  /** More than what the command gets otherwise. */
  readonly args?: readonly string[];
  /** Attacks until it has done its worst, ten seconds or so. Runs in a process of its own, whose end ends it. */
  readonly run: (target: Target) => Promise<void>;
}

/** Tokens. An API server behind a hub knows all of them but the expired one; the narrow one may see one Node there. */
export const VICTIM_TOKEN = 'victim';
export const ATTACKER_TOKEN = 'attacker';
export const EXPIRED_TOKEN = 'expired';
export const HUB_TOKEN = 'hub';
export const NARROW_TOKEN = 'narrow';
export const NARROW_NODE = 'node-0';
