/** The input and the result of a check: types that all checks share. */
import type { Env } from '../../config/read-env.ts';
import type { Settings } from '../../config/settings.ts';
import type { ApiClient } from '../../platform/upstream/api-client.ts';
import type { UpstreamTarget } from '../../platform/upstream/target.ts';
import { type CheckName, type Fault, FAULTS } from './faults.ts';

export interface CheckContext {
  readonly settings: Settings;
  readonly clientKubeconfig: string;
  /** A file with a token to use instead of the client's; `-` is standard input. */
  readonly clientTokenFile: string | undefined;
  readonly readStdin: () => Promise<Uint8Array>;
  readonly env: Env;
  /** @throws Error with the reason why the settings name no API server */
  readonly findUpstream: () => Promise<UpstreamTarget>;
  readonly now: () => Date;
  readonly canWrite: (path: string) => Promise<boolean>;
  /** The longest wait for one answer, milliseconds. */
  readonly timeoutMs: number;
}

/** Results of earlier checks for later ones; absent if a check did not succeed. */
export interface Facts {
  /** The kubeconfig of clients, as far as checks need it. */
  readonly client?: ClientConfig;
  /** The proxy, once its identity is verified. */
  readonly proxy?: ApiClient;
  /** A secret (R26). */
  readonly token?: string;
  /** `http://host:port` of the admin listener, once it is known to be watchsieve's. */
  readonly admin?: string;
  /** The API server's clock, and the local clock when that answer arrived. */
  readonly clocks?: { readonly theirs: Date; readonly ours: Date };
  /** As the running process reports it. */
  readonly mode?: string;
  /** True if a hub has answered: it swallows events before this process does. */
  readonly isBehindHub?: boolean;
}

export interface ClientConfig {
  readonly target: UpstreamTarget;
  readonly tokenFile: string | undefined;
  /** A secret: the proxy's own token, with `--credentials kubeconfig`. */
  readonly token: string | undefined;
}

/** The result of a check. Only `found` may hold a secret, and it is never shown. */
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

/** One check. It does not throw for anything that can be wrong with an installation. */
export interface Check {
  readonly name: CheckName;
  run(context: CheckContext, facts: Facts): Promise<Finding>;
}

export function ok(note: string, found: Facts = {}): Finding {
  return { outcome: 'ok', note, found };
}

/** @param detail - details of this installation, without secrets */
export function wrong(fault: Fault, detail = '', found: Facts = {}): Finding {
  const { what, cure } = FAULTS[fault];
  return { outcome: 'wrong', fault, what: detail === '' ? what : `${what}: ${detail}`, cure, found };
}

export function skipped(why: string): Finding {
  return { outcome: 'skipped', why };
}

/** The result of a check that needs what the check `name` did not find. */
export function needs(name: CheckName): Finding {
  return skipped(`needs "${name}", see above`);
}
