/**
 * Decides what may be shown of a cluster. Names of objects, and keys of maps outside well-known domains, become
 * pseudonyms; equal texts get equal pseudonyms. Values are never shown. Pseudonyms are numbers in the order of first
 * use, because digests of guessed Node names could be computed.
 */
import { hasFreeKeys, isFieldName, isPublicKey } from '../../platform/text/public-keys.ts';
import type { Path } from './changes.ts';

/** Longer keys are cut; no qualified name is longer. */
const MAX_KEY = 317;
/** The most pseudonyms; all later texts share one. */
const MAX_KNOWN = 100_000;

export class Redactor {
  readonly isOn: boolean;
  readonly #names = new Map<string, string>();
  readonly #keys = new Map<string, string>();

  constructor(isOn: boolean) {
    this.isOn = isOn;
  }

  /** The name of an object, `namespace/name` if it has a namespace. */
  name(resource: string, name: string): string {
    if (!this.isOn) return name;
    return pseudonym(this.#names, `${resource} ${name}`, (number) => `${resource}-${number}`);
  }

  /** A path as in projections, without telling elements of lists apart: `status.conditions[*].lastHeartbeatTime`. */
  path(path: Path): string {
    let text = '';
    let isFree = false;
    for (const step of path) {
      if (!('field' in step)) {
        text += '[*]';
        isFree = false;
        continue;
      }
      const isPlain: boolean = !isFree && isFieldName(step.field);
      if (isPlain) text += text === '' ? step.field : `.${step.field}`;
      else text += `["${this.#key(step.field)}"]`;
      isFree = isPlain && hasFreeKeys(step.field);
    }
    return text;
  }

  #key(key: string): string {
    const shown = key.length <= MAX_KEY ? key : `${key.slice(0, MAX_KEY)}…`;
    if (!this.isOn || isPublicKey(key)) return shown;
    return pseudonym(this.#keys, shown, (number) => `key-${number}`);
  }
}

function pseudonym(
  known: Map<string, string>,
  text: string,
  make: (number: number | string) => string,
): string {
  const found = known.get(text);
  if (found !== undefined) return found;
  if (known.size === MAX_KNOWN) return make('other');
  const made = make(known.size + 1);
  known.set(text, made);
  return made;
}
