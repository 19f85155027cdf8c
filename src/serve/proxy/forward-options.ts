/** The options for serving requests and upgrades of clients. */
import type { Resource } from '../../core/resource/resource.ts';
import type { Upstream } from '../../platform/upstream/upstream.ts';
import type { Callers } from './callers.ts';
import type { Guests } from './guests.ts';
import type { HubRoute } from './hub-route.ts';
import type { InFlight } from './in-flight.ts';
import type { OwnCredentials } from './own-credentials.ts';
import type { ClientPresets } from './preset-path.ts';
import type { OpenWatch, TapList } from './watch-hook.ts';

export interface ForwardOptions {
  readonly upstream: Pick<Upstream, 'target' | 'send' | 'upgrade'>;
  /** Undefined if callers use their own credentials (I7). */
  readonly ownCredentials?: OwnCredentials | undefined;
  /** The resources whose watches and lists are read. */
  readonly sieved: readonly Resource[];
  readonly presets: ClientPresets;
  /** The first destination of requests; undefined if all go straight to upstream. */
  readonly hubRoute?: HubRoute | undefined;
  /** True for a hub. A hub has its own certificate, so it drops the headers that only a front proxy may send. */
  readonly isHub: boolean;
  readonly openWatch: OpenWatch;
  readonly tapList: TapList;
  /** Returns undefined if a watch may be sent to upstream, or a promise of why not; see watch-gate.ts. */
  readonly passWatch: () => Promise<string | undefined> | undefined;
  /** True from the moment no new stream may start (R31). */
  readonly isDraining: () => boolean;
  /** All requests whose responses are not over. */
  readonly inFlight: InFlight;
  /** The places and bytes in use, and the callers that use them (R27). */
  readonly guests: Guests;
  readonly callers: Callers;
}
