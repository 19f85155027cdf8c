/**
 * On a hub: what it shares, with which clients, and which it had to send away. On a sidecar: whether its hub answers
 * and, if not, why.
 */
import { column, figures, table } from './table.ts';
import type { Status } from '../status.ts';
import { bytes, count, share, span } from '../../../platform/text/figures.ts';
import { foreign, type Html, markup } from '../../../platform/text/html.ts';

type Shared = NonNullable<Status['hub']>;
type Feed = Shared['feeds'][number];
type Asked = NonNullable<Status['askedHubs']>;

/** The results of requests to a hub. The first two are answers from memory. */
const RESULTS: Readonly<Record<string, string>> = {
  list: 'a LIST from memory',
  watch: 'a watch from memory',
  not_shared: 'nothing that is shared',
  doubt: 'only the API server can tell what is asked',
  observe: 'this hub only observes',
  projection: 'the sidecar filters by something else',
  unknown_client: 'goes on, of a client without a sidecar',
  grant: 'the caller may not, as far as is known',
  late: 'memory would have been too late',
  newest: 'how new the newest state is was not found out',
  behind: 'memory is older than what is named',
  out_of_reach: 'begins before the journal',
  over: 'the feed has just broken off, or could not begin',
  unlistable: 'an object is in no form to be sent',
  unmarked: 'no bookmarks are wanted',
  busy: 'too many feeds or lists at once',
};

/** Reasons why a watch from memory ended. */
const ENDS: Readonly<Record<string, string>> = {
  slow_client: 'took nothing for too long',
  fallen: 'fell out of the journal: too slow',
  epoch: 'the feed began anew',
  feed_lost: 'the API server was out of reach',
  refused: 'may not watch any more',
  unanswered: 'the API server did not say whether it still may',
  filter: 'the filter has changed',
};

/** The server that answered a sidecar's request, and why it was not the hub. */
const SELECTED: Readonly<Record<string, string>> = {
  shared: 'a hub answered',
  not_shared: 'nothing that a hub is asked for',
  doubt: 'only the API server can tell what is asked',
  observe: 'not asked in mode observe',
  history: 'not asked: clients may hold what another preset has left',
  resting: 'it failed a moment ago',
  declined: 'it has no answer to this (421)',
  projection: 'it filters by something else',
  status: 'it refused, as by 401 or 403',
  unavailable: 'it is overloaded or in trouble (429, 5xx)',
  refused: 'it refused the connection',
  unreachable: 'it cannot be reached',
  timeout: 'it did not answer in time',
  tls: 'its certificate is not trusted',
  broken: 'the connection to it broke off',
};

/** The hub is in use, or is not asked on purpose. */
const FINE: readonly string[] = ['shared', 'observe', 'history'];

export function hub({ hub: own, askedHubs }: Status): Html | undefined {
  if (own !== null) return shared(own);
  return askedHubs === null ? undefined : asked(askedHubs);
}

function shared({ feeds, grants, requests, lastEnded, readersEnded }: Shared): Html {
  const answered = (requests['list'] ?? 0) + (requests['watch'] ?? 0);
  // Requests for resources that are not shared say nothing about how well the memory works.
  const wanted = sum(requests) - (requests['not_shared'] ?? 0);
  const readers = feeds.reduce((total, feed) => total + feed.readers, 0);
  return markup`<dl class="told">
    ${told('Readers', count(readers))}
    ${told('Answered from memory', `${count(answered)}, ${share(answered, wanted)} of what is shared`)}
    ${told('Grants kept', count(grants))}
    ${told('Fell out, too slow', count((readersEnded['fallen'] ?? 0) + (readersEnded['slow_client'] ?? 0)))}
  </dl>
  ${feeds.length === 0 ? markup`<p class="none">No feed: no client has asked for anything within the last minutes.</p>` : feedTable(feeds)}
  <h3>Watches that were ended, and why</h3>
  ${lastEnded.length === 0 ? markup`<p class="none">None against the will of its client.</p>` : endTable(lastEnded)}
  ${byReason({ name: 'What became of requests', words: RESULTS, counts: requests })}`;
}

const FEED_FIGURES = ['Objects', 'Journal reaches back', 'Epoch', 'Readers'];

function feedTable(feeds: readonly Feed[]): Html {
  return markup`<div class="scroll" tabindex="0" role="group" aria-label="Feeds">
    ${table({
      caption: 'Feeds: events that the API server sends to this hub once, for all readers',
      columns: [column('Feed'), column('API server'), ...FEED_FIGURES.map(figures)],
      rows: feeds.map(feedRow),
    })}
  </div>`;
}

function feedRow(feed: Feed): Html {
  const { resource, preset, encoding, state, heardSecondsAgo, epoch, readers } = feed;
  return markup`<tr>
    <th scope="row">${foreign(resource)}<span class="sub">${foreign(`${preset}, ${encoding}`)}</span></th>
    <td><span class="pill ${state === 'watching' ? 'good' : 'warn'}">${state}</span><span class="sub">heard ${span(heardSecondsAgo)} ago</span></td>
    ${amounts(feed)}
    <td class="n">${count(epoch)}<span class="sub">${feed.epochSeconds !== undefined && `for ${span(feed.epochSeconds)}`}</span></td>
    <td class="n">${count(readers)}</td>
  </tr>`;
}

function amounts({ objects, storeBytes, reachesBackSeconds, reachesBackTo, journalBytes }: Feed): Html {
  if (objects === undefined) return markup`<td class="n muted">nothing yet</td><td class="n"></td>`;
  return markup`<td class="n">${count(objects)}<span class="sub">${bytes(storeBytes ?? 0)}</span></td>
    <td class="n">${span(reachesBackSeconds ?? 0)}<span class="sub">to ${foreign(reachesBackTo ?? '')}, ${bytes(journalBytes ?? 0)}</span></td>`;
}

function endTable(ended: Shared['lastEnded']): Html {
  return markup`<div class="scroll" tabindex="0" role="group" aria-label="Ended watches">
    ${table({
      caption: 'The last watches that the hub ended before their clients did, newest first',
      columns: ['When', 'Client', 'Why'].map(column),
      rows: ended.map(
        ({ client, resource, cause, secondsAgo }) =>
          markup`<tr>
              <td class="when">${span(secondsAgo)} ago</td>
              <th scope="row">${foreign(client === '' ? 'without a name' : client)}<span class="sub">${foreign(resource)}</span></th>
              <td><code>${cause}</code><span class="sub">${ENDS[cause]}</span></td>
            </tr>`,
      ),
    })}
  </div>`;
}

function asked({ hubs, watches, requests, last }: Asked): Html {
  const answered = requests['shared'] ?? 0;
  return markup`<p>${verdict(last, answered)}</p>
  <dl class="told">
    ${told('Hubs', foreign(hubs.join(', ')))}
    ${told('Watches that a hub answers', count(watches))}
    ${told('Requests it answered', count(answered))}
  </dl>
  ${byReason({ name: 'Who answered, and why not the hub', words: SELECTED, counts: requests })}`;
}

/** A hub that cannot answer one request may answer others. */
function verdict(last: string | undefined, answered: number): Html {
  if (last === undefined)
    return markup`<span class="pill warn">not used yet</span> No LIST or watch has come that a hub might answer.`;
  const isFine = FINE.includes(last) || (answered > 0 && (last === 'declined' || last === 'status'));
  return markup`<span class="pill ${isFine ? 'good' : 'warn'}">${last === 'shared' ? 'used' : last}</span> ${
    last === 'shared'
      ? 'A hub answers the requests that can be sent to it.'
      : markup`Last heard of a hub: ${SELECTED[last] ?? last}.`
  }`;
}

interface ByReason {
  readonly name: string;
  readonly words: Readonly<Record<string, string>>;
  readonly counts: Readonly<Record<string, number>>;
}

function byReason({ name, words, counts }: ByReason): Html | undefined {
  const rows = Object.entries(counts).sort(([, a], [, b]) => b - a);
  if (rows.length === 0) return undefined;
  return markup`<details>
    <summary>${name}</summary>
    ${table({
      caption: name,
      columns: ['Reason', 'Requests'].map(column),
      isHeadHidden: true,
      rows: rows.map(
        ([reason, requests]) =>
          markup`<tr><th scope="row"><code>${reason}</code><span class="sub">${words[reason]}</span></th><td class="n">${count(requests)}</td></tr>`,
      ),
    })}
  </details>`;
}

function told(name: string, value: string | Html): Html {
  return markup`<div><dt>${name}</dt><dd>${value}</dd></div>`;
}

function sum(counts: Readonly<Record<string, number>>): number {
  return Object.values(counts).reduce((total, one) => total + one, 0);
}
