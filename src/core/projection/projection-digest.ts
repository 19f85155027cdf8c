/** A header with the digest of the projection makes sure that a sidecar and a hub mean the same projection. */
import { createHash } from 'node:crypto';
import type { Projection } from './filter.ts';

/**
 * A request with this header asks the hub for an answer from its memory, made with the named projection. Status 421
 * means that the hub has no such answer. In a response, the header names the projection of the answer.
 */
export const PROJECTION_HEADER = 'watchsieve-projection';

/**
 * The digest covers the plan as well as the key. The key of some presets is only their name, and another release may
 * use the same name for another plan.
 */
export function projectionDigest({ key, plan }: Pick<Projection, 'key' | 'plan'>): string {
  return createHash('sha256')
    .update(JSON.stringify([key, plan]))
    .digest('base64url');
}
