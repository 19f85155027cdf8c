/** An answer of our own in the place of one of upstream's. */
import { type StatusAnswer } from '../proxy/status-body.ts';
import { type Exchange, type ResponseHandler } from '../../platform/upstream/exchange.ts';

/** Later, as an answer of upstream would come. */
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
