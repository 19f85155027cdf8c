/**
 * Replaces a cluster's own words in an event by others of the same length: names, values, and keys outside of
 * well-known domains. Fields, kinds, resourceVersions, times, numbers, managers, and the words of Kubernetes itself
 * stay. It takes one pass over the text. An event that is not JSON, or nested too deeply, is neither redacted nor
 * passed on.
 */
import { hasFreeKeys, isFieldName, isPublicKey } from '../../platform/text/public-keys.ts';
import { Pseudonyms } from './pseudonyms.ts';

const MAX_DEPTH = 64;
const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)$/;
/** Words of Kubernetes, which stay everywhere. */
const WORDS: ReadonlySet<string> = new Set([
  ...['ADDED', 'MODIFIED', 'DELETED', 'BOOKMARK', 'ERROR', 'True', 'False', 'Unknown', 'true', 'false'],
  ...['Ready', 'MemoryPressure', 'DiskPressure', 'PIDPressure', 'NetworkUnavailable'],
  ...['InternalIP', 'ExternalIP', 'Hostname', 'InternalDNS', 'ExternalDNS'],
  ...['NoSchedule', 'NoExecute', 'PreferNoSchedule', 'Pending', 'Running', 'Succeeded', 'Failed'],
  ...['Update', 'Apply', 'FieldsV1', 'Port', 'status', 'amd64', 'arm64', 'linux', 'windows'],
  ...['KubeletReady', 'KubeletHasSufficientMemory', 'KubeletHasNoDiskPressure', 'KubeletHasSufficientPID'],
]);
/** Fields whose values stay, because they name no object. */
const KEPT: ReadonlySet<string> = new Set(['kind', 'apiVersion', 'resourceVersion', 'manager']);

/** Why an event cannot be redacted. */
class Unreadable extends Error {}

export class EventRedactor {
  readonly #values: Pseudonyms;
  #text = '';
  #at = 0;
  #depth = 0;
  /** Offsets at which copied parts end, and the replacements that follow them. */
  #parts: string[] = [];
  #copied = 0;

  /** @param random - a whole number below another */
  constructor(random: (below: number) => number) {
    this.#values = new Pseudonyms(random, isWord, isPublicKey);
  }

  /** One frame with its line feed. @returns undefined where it is not understood @throws PseudonymsFull */
  redact(frame: Buffer): Buffer | undefined {
    this.#text = frame.toString('utf8');
    this.#at = this.#depth = this.#copied = 0;
    this.#parts = [];
    try {
      this.#value('', false);
      this.#space();
      if (this.#at !== this.#text.length) return undefined;
    } catch (error) {
      if (error instanceof Unreadable) return undefined;
      throw error;
    }
    this.#parts.push(this.#text.slice(this.#copied));
    const redacted = Buffer.from(this.#parts.join(''));
    // Bytes that are no UTF-8 would come out as others.
    return redacted.length === frame.length ? redacted : undefined;
  }

  /** @param field - whose value it is @param isOfManager - whether it stands in a set of fields */
  #value(field: string, isOfManager: boolean): void {
    this.#space();
    const character = this.#text[this.#at];
    if (character === '"') this.#replace(this.#string(), (text) => this.#valueOf(field, text));
    else if (character === '{') this.#object(field, isOfManager || field === 'fieldsV1');
    else if (character === '[') this.#list(isOfManager);
    else this.#scalar();
  }

  #object(field: string, isOfManager: boolean): void {
    this.#enter();
    const isFree = hasFreeKeys(isOfManager && field.startsWith('f:') ? field.slice(2) : field);
    if (!this.#ends('}'))
      do {
        this.#space();
        const key = this.#string();
        this.#replace(key, (text) =>
          isOfManager ? this.#ownedKey(text, isFree) : this.#keyOf(text, isFree),
        );
        const name = this.#text.slice(key.start, key.end);
        this.#expect(':');
        // Within a map of free keys nothing is a field, whatever its key looks like.
        this.#value(isFree ? '' : name, isOfManager);
      } while (this.#continues('}'));
    this.#depth--;
  }

  #list(isOfManager: boolean): void {
    this.#enter();
    if (!this.#ends(']'))
      do this.#value('', isOfManager);
      while (this.#continues(']'));
    this.#depth--;
  }

  #keyOf(key: string, isFree: boolean): string {
    return (isFree ? isPublicKey(key) : isFieldName(key) || isPublicKey(key)) ? key : this.#values.of(key);
  }

  /** Of a set of fields: `f:` and a key, `k:` and the names of an element, `v:` and a value. */
  #ownedKey(key: string, isFree: boolean): string {
    if (key.startsWith('f:')) return `f:${this.#keyOf(key.slice(2), isFree)}`;
    if (!key.startsWith('k:') && !key.startsWith('v:')) return key === '.' ? key : this.#values.of(key);
    return `${key.slice(0, 2)}${this.#elementOf(key.slice(2))}`;
  }

  /** A small JSON text within a string of JSON: its strings are values, but for those in front of a colon. */
  #elementOf(text: string): string {
    // What has quotes of its own within is taken as a whole.
    if (text.includes('\\\\')) return this.#values.of(text);
    const parts = text.split('\\"');
    return parts
      .map((part, at) =>
        at % 2 === 0 || (parts[at + 1] ?? '').startsWith(':') ? part : this.#values.of(part),
      )
      .join('\\"');
  }

  #valueOf(field: string, text: string): string {
    return KEPT.has(field) ? text : this.#values.of(text);
  }

  #replace(
    { start, end }: { readonly start: number; readonly end: number },
    by: (text: string) => string,
  ): void {
    this.#parts.push(this.#text.slice(this.#copied, start), by(this.#text.slice(start, end)));
    this.#copied = end;
  }

  /** The string that begins here, without its quotes. */
  #string(): { readonly start: number; readonly end: number } {
    this.#expect('"');
    const start = this.#at;
    for (let at = start; ; at++) {
      const character = this.#text[at];
      if (character === undefined || character < ' ') throw new Unreadable();
      if (character === '\\') at++;
      else if (character === '"') {
        this.#at = at + 1;
        return { start, end: at };
      }
    }
  }

  #scalar(): void {
    const start = this.#at;
    while (/[-+.\w]/.test(this.#text[this.#at] ?? '')) this.#at++;
    if (this.#at === start || this.#at - start > 40) throw new Unreadable();
  }

  #enter(): void {
    if (++this.#depth > MAX_DEPTH) throw new Unreadable();
    this.#at++;
  }

  #ends(bracket: string): boolean {
    this.#space();
    if (this.#text[this.#at] !== bracket) return false;
    this.#at++;
    return true;
  }

  #continues(bracket: string): boolean {
    if (this.#ends(bracket)) return false;
    this.#expect(',');
    return true;
  }

  #expect(character: string): void {
    this.#space();
    if (this.#text[this.#at] !== character) throw new Unreadable();
    this.#at++;
  }

  #space(): void {
    for (let code = this.#text.charCodeAt(this.#at); code === 0x20 || (code >= 0x09 && code <= 0x0d);)
      code = this.#text.charCodeAt(++this.#at);
  }
}

/** Stands for itself, wherever it stands. */
function isWord(text: string): boolean {
  return WORDS.has(text) || (text.length < 40 && TIME.test(text));
}
