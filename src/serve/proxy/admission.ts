/** Admits or refuses requests and upgrades, by the same checks in the same order, and classifies them. */
import { classify, isWatch, type Classified } from './classify.ts';
import type { ForwardOptions } from './forward-options.ts';
import { presetPathOf, type PresetPath } from './preset-path.ts';
import { notFound, refused, unavailable, type StatusAnswer } from './status-body.ts';
import type { ClientRequest } from '../../platform/listen/served.ts';

export interface Admitted {
  readonly path: PresetPath;
  readonly classified: Classified;
}

/** Checks only the head of the request; guests.ts checks its costs. */
export function admit(
  options: Pick<ForwardOptions, 'ownCredentials' | 'presets' | 'sieved' | 'isDraining'>,
  { method = 'GET', url: rawTarget = '', rawHeaders }: ClientRequest,
): Admitted | { readonly refusal: StatusAnswer } {
  if (!rawTarget.startsWith('/')) return { refusal: refused('bad-target') };
  if (options.ownCredentials?.admits(rawHeaders) === false) return { refusal: refused('unauthorized') };
  const path = presetPathOf(rawTarget, options.presets);
  if (typeof path === 'string') return { refusal: notFound(path) };
  const classified = classify(method, path.target, options.sieved, path.preset);
  if (options.isDraining())
    return { refusal: unavailable(isWatch(classified), 'this proxy is shutting down') };
  return { path, classified };
}
