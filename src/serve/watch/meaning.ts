/** Explains the facts about one object on one stream in a sentence, for an operator at night. */
import { type Account } from '../../core/sieve/chronicle.ts';
import { type StreamStory } from './story.ts';

export function meaningOf(object: string, story: StreamStory): string {
  const { description, chronicle } = story;
  if (description.verbatim)
    return 'Every byte of this stream passes unread: it could not be, or is no longer, understood.';
  if (description.object !== '' && description.object !== object)
    return 'This stream watches one other object.';
  const account = chronicle.account(object);
  const { held, decisions } = account;
  if (held !== undefined) return meaningOfHeld(account, story);
  const [last] = decisions;
  const { doubt } = chronicle;
  if (last?.reason === 'undecodable')
    return 'Its last event was not understood, so what the client holds of it is not known: its next event passes whatever is in it.';
  if (doubt?.reason === 'mismatch')
    return 'A consistency check found that what the client was held to have is not what upstream has (see doubt): since then every event of this stream passes.';
  if (doubt?.reason === 'projection' && (last === undefined || last.at <= doubt.at))
    return 'The preset was changed (see doubt), and no event of it was read since then. Its next event passes whatever is in it.';
  if (doubt?.reason === 'history' && (last === undefined || last.at <= doubt.at))
    return 'Upstream had two states under one resourceVersion (see doubt), as after a restore of etcd: nothing that was known before counts. Its next event passes whatever is in it.';
  if (doubt !== undefined && (last === undefined || last.at <= doubt.at))
    return 'What the client holds of it is not known since the event that was not understood (see doubt); no event of it was read since then, and its next event passes whatever is in it.';
  if (last?.type === 'DELETED')
    return 'It was deleted, or left the scope of this watch, and the client was told.';
  return 'No event of it was read on this stream since it opened, and the stream began without knowing it: it is not in the scope of this watch, or nothing has happened to it yet. Its next event passes whatever is in it.';
}

function meaningOfHeld({ held, noOps }: Account, { mode, end, openedAt }: StreamStory): string {
  const isAdopted = (held?.deliveredAt ?? 0) < Math.round(openedAt);
  const begin = isAdopted
    ? 'The client began this stream with the object in hand, from an earlier stream or a LIST (see began and lastDelivered)'
    : 'The object was delivered on this stream (see lastDelivered)';
  const since =
    noOps === undefined
      ? 'no event of it was read since'
      : `each of the ${noOps.events} events read since changed nothing that the preset compares, and was ${mode === 'filter' ? 'swallowed' : 'forwarded all the same (mode observe)'}`;
  const after = end === undefined ? '' : ' The stream has ended since: look at the newer ones.';
  return `${begin}; ${since}.${after}`;
}
