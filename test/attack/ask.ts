/** Questions of those who must not notice, each on a connection of its own, so that new ones are tried as well. */
import { get, type RequestOptions } from 'node:http';
import type { request } from 'node:https';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Target } from './attack.ts';

const PAUSE_MS = 100;
/** Longer than this is as good as never (milliseconds). */
const GIVE_UP_MS = 30_000;

/** Asks again and again until `signal`. @returns the longest that it took (milliseconds); Infinity where it failed */
export async function worstOf(signal: AbortSignal, ask: () => Promise<boolean>): Promise<number> {
  let worst = 0;
  while (!signal.aborted) {
    const begun = performance.now();
    const isFine = await ask();
    worst = Math.max(worst, isFine ? performance.now() - begun : Infinity);
    await sleep(PAUSE_MS);
  }
  return worst;
}

/** As the kubelet does. */
export async function isAlive({ adminPort }: Target): Promise<boolean> {
  return (await statusOf(get, { host: '127.0.0.1', port: adminPort, path: '/livez', agent: false })) === 200;
}

/** The status of an answer that came whole; undefined where none did. */
export function statusOf(
  ask: typeof request,
  options: RequestOptions,
  body?: string,
): Promise<number | undefined> {
  return new Promise((resolve) => {
    const asked = ask(options, (response) => {
      response.resume();
      response.on('end', () => resolve(response.statusCode));
      response.on('error', () => resolve(undefined));
    });
    asked.setTimeout(GIVE_UP_MS, () => asked.destroy());
    asked.on('error', () => resolve(undefined));
    asked.end(body);
  });
}
