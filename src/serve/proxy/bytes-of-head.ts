/** The memory for the head of a request while the request is served. */
import type { ClientRequest } from '../../platform/listen/served.ts';

/** The copies of a head: as received, without hop-by-hop fields, for the transport, and as the transport encodes it. */
const COPIES = 4;
/** The memory of a filtered watch besides its baseline: an incomplete frame or message, a held frame, scanners (bytes). */
export const STREAM_BYTES = 64 * 1024;

export function bytesOfHead({ rawHeaders, url = '' }: ClientRequest): number {
  let length = url.length;
  for (const text of rawHeaders) length += text.length;
  return COPIES * length;
}
