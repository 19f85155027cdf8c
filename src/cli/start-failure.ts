/** Explains why the proxy did not start, and names the setting to change. Pure. */
import type { ListenAddress } from '../config/kinds.ts';
import type { Settings } from '../config/settings.ts';

/** One line without a stack: what failed, why, and what to do if that is known. */
export function describeStartFailure(error: unknown, settings: Settings): string {
  if (!(error instanceof Error)) return String(error);
  const failed = listenFailure(error);
  if (failed === undefined) return error.message;
  const flag = flagOf(failed, settings);
  switch (failed.code) {
    case 'EADDRINUSE':
      return `port ${failed.port} on ${failed.host} is taken by another process: free it or set ${flag}`;
    case 'EADDRNOTAVAIL':
      return `${failed.host} is not an address of this machine: set ${flag}`;
    case 'EACCES':
      return `port ${failed.port} on ${failed.host} may not be used by this user: set ${flag}`;
    default:
      return `cannot listen on ${failed.host} port ${failed.port} (${failed.code}): set ${flag}`;
  }
}

interface ListenFailure {
  readonly code: string;
  readonly host: string;
  readonly port: number;
}

/** The fields that node:net adds to an error of listen(). */
function listenFailure(error: Error): ListenFailure | undefined {
  if (!('syscall' in error && error.syscall === 'listen' && 'code' in error)) return undefined;
  return {
    code: String(error.code),
    host: 'address' in error ? String(error.address) : 'an address',
    port: 'port' in error ? Number(error.port) : 0,
  };
}

function flagOf({ port, host }: ListenFailure, settings: Settings): string {
  const isAt = (at: ListenAddress | undefined) =>
    at?.port === port && (at.host === host || at.host === 'localhost');
  if (isAt(settings.listen)) return '--listen';
  if (isAt(settings.adminListen)) return '--admin-listen';
  return isAt(settings.metricsListen) ? '--metrics-listen' : '--listen, --admin-listen or --metrics-listen';
}
