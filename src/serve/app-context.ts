/** The outside world that the app gets besides its settings. Tests replace it. */
import type { ParsedSettings, SettingSources } from '../config/parse-settings.ts';
import type { Env } from '../config/read-env.ts';
import type { SettingField } from '../config/settings.ts';
import type { StartTimer } from '../platform/timer.ts';
import type { Logger } from '../platform/logger.ts';

export interface AppContext {
  readonly log: Logger;
  /** Has the in-cluster address of the API server. */
  readonly env: Env;
  /** The source of each setting, for /debug/config. */
  readonly sources: SettingSources;
  /** Settings of the config file that have no effect, because a flag or the environment sets them too. */
  readonly hiddenInFile?: readonly SettingField[];
  /** Returns the settings if the config file has changed; without it the file is not checked. */
  readonly reread?: () => Promise<ParsedSettings | undefined>;
  /** Timers of streams; by default those of the process. */
  readonly startTimer?: StartTimer;
  /** Monotonic milliseconds, by which a hub measures ages; by default the process's clock. */
  readonly now?: () => number;
  /** Timers for checking the config file and certificates; by default those of the process. */
  readonly startPolling?: StartTimer;
  /** Milliseconds since 1970; by default the process's clock. */
  readonly wallNow?: () => number;
}
