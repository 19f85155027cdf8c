/** What the app is given besides its settings: the world outside, replaced by tests. */
import { type ParsedSettings, type SettingSources } from '../config/parse-settings.ts';
import { type Env } from '../config/read-env.ts';
import { type SettingField } from '../config/settings.ts';
import { type StartTimer } from '../platform/timer.ts';
import { type Logger } from '../platform/logger.ts';

export interface AppContext {
  readonly log: Logger;
  /** For the in-cluster address of the API server. */
  readonly env: Env;
  /** Who set what, for /debug/config. */
  readonly sources: SettingSources;
  readonly version: string;
  /** Settings that the config file gave in vain, because a flag or the environment is stronger. */
  readonly hiddenInFile?: readonly SettingField[];
  /** The settings again where the config file has changed; without it nobody looks. */
  readonly reread?: () => Promise<ParsedSettings | undefined>;
  /** Timers of streams; default the process's. */
  readonly startTimer?: StartTimer;
  /** Monotonic milliseconds, by which a hub keeps what it has; default the process's clock. */
  readonly now?: () => number;
  /** Timers of what looks at the config file and at certificates; default the process's. */
  readonly startPolling?: StartTimer;
  /** Milliseconds since 1970; default the process's clock. */
  readonly wallNow?: () => number;
}
