/**
 * The exact value of a projection for one object, as a digest. Label values come from whoever may label a Node, so
 * the digest is collision-resistant (R15), and short: 5,000 nodes must not keep 5,000 copies of their labels.
 */
import { hash } from 'node:crypto';

/** SHA-256 of a canonical form, a character for each byte. Compare with `===`; never across encodings or presets. */
export type Fingerprint = string & { readonly brand: 'fingerprint' };

export function fingerprintOf(canonical: Uint8Array): Fingerprint {
  return hash('sha256', canonical, 'binary') as Fingerprint;
}
