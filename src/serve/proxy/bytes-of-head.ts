/** What the head of a request costs while the request is served. */
import type { IncomingMessage } from 'node:http';

/** Its text as it came, without the fields that end here, for the transport, and as the transport encodes it. */
const COPIES = 4;

export function bytesOfHead({ rawHeaders, url = '' }: IncomingMessage): number {
  let length = url.length;
  for (const text of rawHeaders) length += text.length;
  return COPIES * length;
}
