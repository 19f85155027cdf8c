/** A watch of somebody who must not notice an attack: each event must be there, in order, and it must not end. */
import { get, type RequestOptions } from 'node:https';

export interface Expected {
  /** The number of the first event; undefined: any. */
  readonly first: number | undefined;
  /** Undefined for a line that is no event of the order. */
  readonly numberOf: (line: string) => number | undefined;
  readonly onEvent: () => void;
  /** Called with what went wrong. */
  readonly onLost: (how: string) => void;
}

/** Resolves once the watch is closed, at the latest when the signal is aborted. */
export function watchInOrder(
  options: RequestOptions,
  signal: AbortSignal,
  expected: Expected,
): Promise<undefined> {
  const { numberOf, onEvent, onLost } = expected;
  const { promise, resolve } = Promise.withResolvers<undefined>();
  const watch = get(options, (response) => {
    if (response.statusCode !== 200) onLost(`answered ${response.statusCode ?? 0}`);
    let pending = '';
    let next = expected.first;
    response.setEncoding('utf8').on('data', (text: string) => {
      const lines = (pending + text).split('\n');
      pending = lines.pop() ?? '';
      for (const line of lines) {
        const seen = numberOf(line);
        if (seen === undefined) continue;
        if (next !== undefined && seen !== next) onLost(`event ${seen} in the place of ${next}`);
        next = seen + 1;
        onEvent();
      }
    });
    response.on('error', () => onLost('broken'));
    response.on('end', () => onLost('ended'));
  });
  watch.on('error', () => onLost('broken'));
  watch.on('close', () => resolve(undefined));
  signal.addEventListener('abort', () => watch.destroy());
  return promise;
}
