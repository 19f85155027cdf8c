/** Sends a whole answer of this program as if upstream had answered. */
import type { StatusAnswer } from '../proxy/status-body.ts';
import type { Exchange, ResponseHandler } from '../../platform/upstream/exchange.ts';

/** Sends asynchronously, as upstream's answers come. */
export function sendWhole(handler: ResponseHandler, { code, headers, body }: StatusAnswer): Exchange {
  let isOver = false;
  setImmediate(() => {
    if (isOver) return;
    handler.onResponse({ statusCode: code, statusMessage: '', headers });
    handler.onData(body);
    handler.onEnd([]);
  });
  return { abort: () => (isOver = true), resume: () => undefined };
}
