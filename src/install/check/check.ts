/** What a check is given, and what it says: the words all checks share. */
import type { Env } from '../../config/read-env.ts';
import type { Settings } from '../../config/settings.ts';
import type { ApiClient } from '../../platform/upstream/api-client.ts';
import type { UpstreamTarget } from '../../platform/upstream/target.ts';
import { type CheckName, type Fault, FAULTS } from './faults.ts';

/** The world, handed in. */
export interface CheckContext {
  readonly settings: Settings;
  /** The kubeconfig that clients use. */
  readonly clientKubeconfig: string;
  /** Where a token for the requests of the checks is, in place of the client's own; `-` is standard input. */
  readonly clientTokenFile: string | undefined;
  readonly readStdin: () => Promise<Uint8Array>;
  readonly env: Env;
  /** @throws Error saying why the settings name no API server */
  readonly findUpstream: () => Promise<UpstreamTarget>;
  readonly now: () => Date;
  /** Whether this process may write there. */
  readonly canWrite: (path: string) => Promise<boolean>;
  /** Longest wait for any one answer, milliseconds. */
  readonly timeoutMs: number;
}

/** What earlier checks have found, for those after them; absent where they have not. */
export interface Facts {
  /** The kubeconfig of clients, as far as it matters. */
  readonly client?: ClientConfig;
  /** The proxy, once it has proven who it is. */
  readonly proxy?: ApiClient;
  /** A secret (R26). */
  readonly token?: string;
  /** `http://host:port` of the admin listener, once it has shown to be ours. */
  readonly admin?: string;
  /** The API server's own clock, and ours when that answer came. */
  readonly clocks?: { readonly theirs: Date; readonly ours: Date };
  /** As the running process has them. */
  readonly mode?: string;
  /** Whether a hub has answered, which swallows before this process does. */
  readonly isBehindHub?: boolean;
}

export interface ClientConfig {
  readonly target: UpstreamTarget;
  readonly tokenFile: string | undefined;
  /** A secret: the proxy's own, with `--credentials kubeconfig`. */
  readonly token: string | undefined;
}

/** The outcome of a check. No field but `found` may hold a secret, and nobody shows that one. */
export type Finding =
  | { readonly outcome: 'ok'; readonly note: string; readonly found?: Facts }
  | {
      readonly outcome: 'wrong';
      readonly fault: Fault;
      readonly what: string;
      readonly cure: string;
      readonly found?: Facts;
    }
  | { readonly outcome: 'skipped'; readonly why: string };

/** One check; it does not throw for anything that may be wrong with an installation. */
export interface Check {
  readonly name: CheckName;
  run(context: CheckContext, facts: Facts): Promise<Finding>;
}

export function ok(note: string, found: Facts = {}): Finding {
  return { outcome: 'ok', note, found };
}

/** @param detail - particulars of this installation; no secret */
export function wrong(fault: Fault, detail = '', found: Facts = {}): Finding {
  const { what, cure } = FAULTS[fault];
  return { outcome: 'wrong', fault, what: detail === '' ? what : `${what}: ${detail}`, cure, found };
}

export function skipped(why: string): Finding {
  return { outcome: 'skipped', why };
}

/** A check that needs what `name` did not find. */
export function needs(name: CheckName): Finding {
  return skipped(`needs "${name}", see above`);
}
