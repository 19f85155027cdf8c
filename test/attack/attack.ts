/** What an attack is: a bounded time of hostile traffic against one running product. One file each in `attacks/`. */

/** Where an attack, and whoever else is a client, finds the product. */
export interface Target {
  /** Of the proxy listener, on 127.0.0.1. */
  readonly port: number;
  readonly adminPort: number;
  /** Of `--metrics-listen`. */
  readonly metricsPort: number;
  /** The CA of the proxy's certificate, PEM. */
  readonly ca: string;
}

export interface Attack {
  /** As `--only` names it. */
  readonly name: string;
  /** For the table. */
  readonly what: string;
  /** More than what `serve` gets otherwise. */
  readonly args?: readonly string[];
  /** Attacks until it has done its worst, ten seconds or so. Runs in a process of its own, whose end ends it. */
  readonly run: (target: Target) => Promise<void>;
}

/** Tokens: the test's API server knows the first two of them. */
export const VICTIM_TOKEN = 'victim';
export const ATTACKER_TOKEN = 'attacker';
export const EXPIRED_TOKEN = 'expired';
