/** Explains in a sentence what happened to one object on one stream. */
import type { Account } from '../../core/sieve/chronicle.ts';
import type { StreamStory } from './story.ts';

export function meaningOf(object: string, story: StreamStory): string {
  const { description, chronicle } = story;
  if (description.verbatim)
    return 'All bytes of this stream pass unread, because they are not, or no longer, understood.';
  if (description.object !== '' && description.object !== object)
    return 'This stream watches one other object.';
  const account = chronicle.account(object);
  const { held, decisions } = account;
  if (held !== undefined) return meaningOfHeld(account, story);
  const [last] = decisions;
  const { doubt } = chronicle;
  if (last?.reason === 'undecodable')
    return 'Its last event was not understood, so the state that the client holds is unknown. Its next event passes, whatever is in it.';
  if (doubt?.reason === 'mismatch')
    return 'A consistency check found that the client does not hold the state that upstream has (see doubt). Since then every event of this stream passes.';
  if (doubt?.reason === 'projection' && (last === undefined || last.at <= doubt.at))
    return 'The preset was changed (see doubt), and no event of the object has been read since then. Its next event passes, whatever is in it.';
  if (doubt?.reason === 'history' && (last === undefined || last.at <= doubt.at))
    return 'Upstream had two states under one resourceVersion (see doubt), as after a restore of etcd, so everything known before was dropped. Its next event passes, whatever is in it.';
  if (doubt !== undefined && (last === undefined || last.at <= doubt.at))
    return 'An event was not understood (see doubt), so the state that the client holds is unknown. No event of the object has been read since then. Its next event passes, whatever is in it.';
  if (last?.type === 'DELETED')
    return 'It was deleted, or left the scope of this watch, and the client got this event.';
  return 'No event of it has been read on this stream, and the stream began without knowing it: it is not in the scope of this watch, or nothing has happened to it yet. Its next event passes, whatever is in it.';
}

function meaningOfHeld({ held, noOps }: Account, { mode, end, openedAt }: StreamStory): string {
  const isAdopted = (held?.deliveredAt ?? 0) < Math.round(openedAt);
  const begin = isAdopted
    ? 'The client held the object when this stream began, from an earlier stream or a LIST (see began and lastDelivered)'
    : 'The object was delivered on this stream (see lastDelivered)';
  const since =
    noOps === undefined
      ? 'no event of it has been read since'
      : `each of the ${noOps.events} events read since changed nothing that the preset compares, and was ${mode === 'filter' ? 'swallowed' : 'forwarded nevertheless (mode observe)'}`;
  const after = end === undefined ? '' : ' The stream has ended since then: see the newer streams.';
  return `${begin}; ${since}.${after}`;
}
