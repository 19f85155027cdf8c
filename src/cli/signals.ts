/** Signals that ask a command to stop: the first one politely, the second one at once (R31). */
import { EXIT } from './exit-codes.ts';
import type { Io } from './io.ts';

const STOP_SIGNALS = ['SIGTERM', 'SIGINT'] as const;

export interface StopRequest {
  /** Resolves to the name of the first signal. */
  readonly received: Promise<string>;
  /** The same, as an AbortSignal. */
  readonly signal: AbortSignal;
  /** Restores the default handling of the signals. */
  forget(): void;
}

/** Listens for SIGTERM and SIGINT until `forget()` is called. The second signal exits at once. */
export function onStopRequest(io: Io): StopRequest {
  const { promise, resolve } = Promise.withResolvers<string>();
  const controller = new AbortController();
  const listeners = STOP_SIGNALS.map((name) => {
    const listener = () => {
      if (controller.signal.aborted) {
        io.exit(EXIT.failed);
        return;
      }
      controller.abort();
      resolve(name);
    };
    io.signals.on(name, listener);
    return { name, listener };
  });
  return {
    received: promise,
    signal: controller.signal,
    forget() {
      for (const { name, listener } of listeners) io.signals.off(name, listener);
    },
  };
}
