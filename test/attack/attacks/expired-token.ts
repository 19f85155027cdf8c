import { EXPIRED_TOKEN, type Attack } from '../attack.ts';
import { get, open, sleep } from '../hostile.ts';

const REQUESTS = 500;
/** Long enough in all for others to notice. */
const PACE_MS = 15;

export const expiredToken: Attack = {
  name: 'expired-token',
  what: '500 requests with an expired token, each of which the API server answers with 401 and a GOAWAY',
  run: async (target) => {
    let socket: Awaited<ReturnType<typeof open>>;
    for (let sent = 0; sent < REQUESTS; sent++) {
      // On a busy machine more requests may be unanswered than a connection may have, and it is ended.
      if (socket === undefined || socket.destroyed) socket = (await open(target))?.resume();
      const path = sent % 2 === 0 ? '/version' : '/api/v1/nodes?watch=1&resourceVersion=1';
      socket?.write(get(path, [], EXPIRED_TOKEN));
      await sleep(PACE_MS);
    }
  },
};
