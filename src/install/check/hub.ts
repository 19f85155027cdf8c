/** Checks whether a hub is asked and, if not, why, as reported by the running process. */
import { jsonIn, listAt, textAt, valueAt } from '../../platform/text/json-value.ts';
import { type Check, type Finding, ok, skipped, wrong } from './check.ts';
import { withAdmin } from './use.ts';

export const hubCheck: Check = {
  name: 'hub',
  run: (context, { admin }) =>
    withAdmin(admin, async (get) => judgeHub(jsonIn(await get('/debug/hub', context.timeoutMs)))),
};

function judgeHub(said: unknown): Finding {
  const feeds = valueAt(said, ['feeds']);
  if (Array.isArray(feeds)) return ok(`this is one, with ${feeds.length} feeds`);
  const hubs = listAt(said, 'hubs').join(', ');
  if (hubs === '') return ok('none is set');
  const answered = Number(valueAt(said, ['requests', 'shared']) ?? 0);
  const watches = Number(valueAt(said, ['watches']) ?? 0);
  const last = textAt(said, 'last');
  const fine = ok(`${hubs}: ${answered} requests answered, ${watches} watches open`, {
    isBehindHub: watches > 0 || last === 'shared',
  });
  const because = `${hubs}, last reason "${last ?? ''}"`;
  switch (last) {
    case undefined:
      return skipped(`no LIST or watch has come that ${hubs} might answer`);
    case 'shared':
      return fine;
    case 'observe':
      return ok('not asked in mode observe');
    case 'history':
      return ok('not asked: clients may hold what another preset has left, see docs/hub.md');
    case 'declined':
    case 'status':
      return answered > 0 ? fine : wrong('hub-declines', because);
    case 'projection':
      return wrong('hub-other-filter', because);
    case 'tls':
      return wrong('hub-untrusted', because);
    default:
      return wrong('hub-unreachable', because);
  }
}
