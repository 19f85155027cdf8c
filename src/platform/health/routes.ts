/**
 * The answers of a listener for operators: GET and HEAD of a few fixed paths. A web framework would be a third of all
 * code loaded at the start, for a look-up in a table.
 */
import { Buffer } from 'node:buffer';
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import { messageOf } from '../text/failure.ts';

export interface Answer {
  /** 200 by default. */
  readonly status?: number;
  /** All headers, Content-Type included. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface Asked {
  readonly headers: IncomingHttpHeaders;
  readonly query: URLSearchParams;
}

/** The routes by path. If a route throws, the answer is a 500 with the cause. */
export type Routes = Readonly<Record<string, (asked: Asked) => Answer | Promise<Answer>>>;

export function textAnswer(body: string, status = 200): Answer {
  return { status, headers: { 'content-type': 'text/plain; charset=utf-8' }, body };
}

export async function answerFrom(routes: Routes, req: IncomingMessage, res: ServerResponse): Promise<void> {
  const { status = 200, headers, body } = await answerTo(routes, req);
  const bytes = Buffer.from(body);
  res.writeHead(status, { ...headers, 'content-length': bytes.length });
  // For HEAD, Node.js omits the body.
  res.end(bytes);
}

async function answerTo(routes: Routes, { method, url = '', headers }: IncomingMessage): Promise<Answer> {
  const [path = '', query] = url.split('?', 2);
  const isRead = method === 'GET' || method === 'HEAD';
  const route = isRead && Object.hasOwn(routes, path) ? routes[path] : undefined;
  if (route === undefined)
    return textAnswer(`not found; there are:\n${Object.keys(routes).join('\n')}\n`, 404);
  try {
    return await route({ headers, query: new URLSearchParams(query) });
  } catch (error) {
    return textAnswer(`failed: ${messageOf(error)}\n`, 500);
  }
}
