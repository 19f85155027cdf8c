/** What requests and upgrades of clients are served with. */
import type { Upstream } from '../../platform/upstream/upstream.ts';
import type { Callers } from './callers.ts';
import type { Guests } from './guests.ts';
import type { InFlight } from './in-flight.ts';
import type { OwnCredentials } from './own-credentials.ts';
import type { OpenWatch, TapList } from './watch-hook.ts';

export interface ForwardOptions {
  readonly upstream: Upstream;
  /** Undefined where callers bring their own (I7). */
  readonly ownCredentials?: OwnCredentials | undefined;
  readonly openWatch?: OpenWatch | undefined;
  readonly tapList?: TapList | undefined;
  /** Undefined: a watch may be sent upstream. Otherwise to be waited for: why not, or undefined. Never rejects. */
  readonly passWatch?: (() => Promise<string | undefined> | undefined) | undefined;
  /** True from the moment no new stream may start (R31). */
  readonly isDraining: () => boolean;
  /** Knows every request from here on until its response is over. */
  readonly inFlight: InFlight;
  /** Who takes what of this proxy, and whose they are (R27). */
  readonly guests: Guests;
  readonly callers: Callers;
}
