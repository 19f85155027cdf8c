/** The checks of how the proxy is used, from its debug pages: filter, clients, swallowed events. */
import { NODES } from '../../core/resource/node.ts';
import { nameOf } from '../../core/resource/resource.ts';
import { jsonIn, textAt, valueAt } from '../../platform/text/json-value.ts';
import { USER_AGENT } from './ask.ts';
import { type Check, type Facts, type Finding, needs, ok, skipped, wrong } from './check.ts';

/** Fewer events may be chance, because real changes come in bursts too. */
const MANY_EVENTS = 100;
/** Reasons for which every event of an object passes once, with any preset. */
const PASSING_ONCE = new Set(['first_seen', 'initial', 'max_age']);

/** Reports the filter of the running process, which may differ from the settings of check. */
export const filterCheck: Check = {
  name: 'filter',
  run: (context, { admin }) =>
    withAdmin(admin, async (get) => {
      const config = jsonIn(await get('/debug/config', context.timeoutMs));
      const [mode, preset] = ['mode', 'preset'].map((field) => textAt(config, 'settings', field));
      if (mode === undefined || preset === undefined) return skipped('/debug/config does not say');
      const said =
        mode === 'observe'
          ? `mode observe with preset ${preset}: everything is forwarded and only counted; mode filter swallows`
          : `mode ${mode}, preset ${preset}`;
      return ok(`${said}${besidesNodes(config)}`, { mode });
    }),
};

/** Many clients of such objects also write them, which needs more thought than reading. */
function besidesNodes(config: unknown): string {
  const sieved = valueAt(config, ['settings', 'sieved']);
  const others = (Array.isArray(sieved) ? sieved : [])
    .map((one: unknown) => ({
      resource: textAt(one, 'resource')?.split(' ', 1)[0] ?? '?',
      projection: textAt(one, 'projection') ?? '?',
    }))
    .filter(({ resource }) => resource !== nameOf(NODES))
    .map(({ resource, projection }) => `${resource} by ${projection}`);
  if (others.length === 0) return '';
  const cost =
    'a client that updates these from its cache may be answered 409, see docs/settings.md#who-writes';
  return `; besides Nodes ${others.join(', ')}: ${cost}`;
}

/** Checks that a client watches through the proxy. */
export const clientsCheck: Check = {
  name: 'clients',
  run: (context, { admin }) =>
    withAdmin(admin, async (get) => {
      const isHub = context.settings.share !== undefined;
      const streams = jsonIn(await get('/debug/streams', context.timeoutMs));
      if (!Array.isArray(streams)) return skipped('/debug/streams does not say');
      const watches = streams
        .map((stream: unknown) => `${textAt(stream, 'client') ?? '?'} (${textAt(stream, 'resource') ?? '?'})`)
        // Checks run one after another, and the watch of an earlier one may still be open.
        .filter((watch) => !watch.startsWith(USER_AGENT));
      if (watches.length === 0)
        return isHub
          ? skipped('a hub answers shared watches from memory, which are not counted here')
          : wrong('no-client');
      return ok(`${watches.length} open: ${[...new Set(watches)].join(', ')}`);
    }),
};

export const swallowingCheck: Check = {
  name: 'swallowing',
  run: (context, { admin, mode, isBehindHub = false }) =>
    withAdmin(admin, async (get) => {
      const status = jsonIn(await get('/debug/status', context.timeoutMs));
      const verdicts = valueAt(status, ['verdicts']);
      return Array.isArray(verdicts)
        ? judge(verdicts, mode, isBehindHub)
        : skipped('/debug/status does not say');
    }),
};

function judge(verdicts: readonly unknown[], mode: string | undefined, isBehindHub: boolean): Finding {
  const events = verdicts
    .filter((verdict) => textAt(verdict, 'type') === 'MODIFIED')
    .map((verdict) => ({
      reason: textAt(verdict, 'reason') ?? '?',
      count: Number(valueAt(verdict, ['events']) ?? 0),
    }));
  const total = sum(events);
  const unchanged = sum(events.filter(({ reason }) => reason === 'unchanged'));
  if (total === 0) return skipped('no MODIFIED event has come yet: heartbeats take up to 5 minutes');
  if (unchanged > 0) {
    const share = `${unchanged} of ${total} MODIFIED events (${Math.floor((100 * unchanged) / total)} %)`;
    return ok(`${share} ${mode === 'observe' ? 'would have been' : 'were'} swallowed`);
  }
  if (isBehindHub) return skipped('the hub has swallowed what can be before it comes here');
  const telling = events.filter(({ reason }) => !PASSING_ONCE.has(reason));
  if (sum(telling) < MANY_EVENTS) return skipped(`only ${total} MODIFIED events have come yet`);
  const most = telling.toSorted((a, b) => b.count - a.count)[0]?.reason ?? '?';
  return wrong('nothing-swallowed', `${total} MODIFIED events, most of them forwarded for reason "${most}"`);
}

function sum(events: readonly { readonly count: number }[]): number {
  return events.reduce((total, { count }) => total + count, 0);
}

type Get = (path: string, timeoutMs: number) => Promise<string>;

/** Passes on the admin listener, once it is known to be watchsieve's. */
export async function withAdmin(
  admin: Facts['admin'],
  read: (get: Get) => Promise<Finding>,
): Promise<Finding> {
  if (admin === undefined) return needs('admin');
  try {
    return await read(async (path, timeoutMs) => {
      const answer = await fetch(`${admin}${path}`, { signal: AbortSignal.timeout(timeoutMs) });
      return answer.text();
    });
  } catch {
    return wrong('admin-down', admin);
  }
}
