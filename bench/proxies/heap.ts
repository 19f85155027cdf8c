/** What a Node.js process started with --inspect holds, after its garbage has been collected. */
import { numberAt, parseJson, valueAt } from '../../test/support/json-value.ts';
import type { Child } from '../../test/support/child.ts';

const TIMEOUT_MS = 20_000;
/** One alone leaves what only the next can see is dead. */
const COLLECTIONS = 3;

/** Bytes of heap, and of what it owns outside. */
export async function heldBytes(child: Child): Promise<number> {
  const line = await child.stderr.waitFor('inspector', (text) => text.includes('ws://'), TIMEOUT_MS);
  const inspector = new WebSocket(/ws:\/\/\S+/.exec(line)?.[0] ?? '');
  try {
    await opened(inspector);
    for (let n = 0; n < COLLECTIONS; n++) await ask(inspector, 'HeapProfiler.collectGarbage', {});
    const answer = await ask(inspector, 'Runtime.evaluate', {
      expression: 'process.memoryUsage()',
      returnByValue: true,
    });
    const usage = valueAt(answer, 'result', 'result', 'value');
    return numberAt(usage, 'heapUsed') + numberAt(usage, 'external');
  } finally {
    inspector.close();
  }
}

function opened(inspector: WebSocket): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<undefined>();
  inspector.addEventListener('open', () => resolve(undefined), { once: true });
  inspector.addEventListener('error', () => reject(new Error('no inspector')), { once: true });
  return promise;
}

/** One question at a time. */
function ask(inspector: WebSocket, method: string, params: object): Promise<unknown> {
  const { promise, resolve } = Promise.withResolvers<unknown>();
  inspector.addEventListener('message', ({ data }) => resolve(parseJson(String(data))), { once: true });
  inspector.send(JSON.stringify({ id: 1, method, params }));
  return promise;
}
