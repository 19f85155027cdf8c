/**
 * The exact value of a projection for one object, as a digest. Everyone who may label a Node can choose label values,
 * so the digest is collision-resistant (R15). It is also short: 5,000 Nodes must not keep 5,000 copies of their labels.
 */
import { hash } from 'node:crypto';

/** SHA-256 of a canonical form, one character per byte. Compare with `===`, and never across encodings or presets. */
export type Fingerprint = string & { readonly brand: 'fingerprint' };

export function fingerprintOf(canonical: Uint8Array): Fingerprint {
  return hash('sha256', canonical, 'binary') as Fingerprint;
}
