/**
 * Compares the names, uids and resourceVersions of a feed's objects with a metadata-only LIST at exactly the same
 * resourceVersion (I14). If upstream's history was replaced and the new history already has higher resourceVersions
 * than the feed, only this comparison reveals it.
 */
import type { Codec } from '../codec/codec.ts';
import type { ListReader } from '../codec/list-reader.ts';
import { WatchEvent } from '../codec/watch-event.ts';
import type { FieldsPlan } from '../projection/plan.ts';
import { metadataOnly } from '../resource/metadata-only.ts';
import type { Resource } from '../resource/resource.ts';
import type { Epoch } from './epoch.ts';
import type { Stored } from './store.ts';

const UID: FieldsPlan = { fields: { metadata: { fields: { uid: 'whole' }, rest: 'skip' } }, rest: 'skip' };

/**
 * The identities that the objects of an epoch have when this comparison begins. A stored object is scanned only when
 * the LIST brings the same object: a scan of the whole store at once would freeze the process.
 */
export class Identities {
  /** The LIST must be at this resourceVersion. */
  readonly resourceVersion: string;
  /** The stored objects that the LIST has not brought yet. */
  readonly #expected: Map<string, Stored>;
  readonly #reader: ListReader;
  /** The keys of objects that are not in the store. Of these objects only the key can be compared. */
  readonly #unread: Set<string>;
  #isSame = true;

  constructor(epoch: Epoch, codec: Codec, resource: Resource) {
    this.resourceVersion = epoch.storeAt;
    this.#expected = epoch.store.lendByKey();
    this.#unread = new Set(epoch.missing);
    const listed = metadataOnly(resource);
    const scanner = codec.scanner(listed, UID);
    const ofStored = codec.scanner(resource, UID);
    const event = new WatchEvent();
    const held = new WatchEvent();
    this.#reader = codec.list(listed, (bytes, start, end) => {
      scanner.scanItem(bytes, start, end, event);
      if (this.#unread.delete(event.key)) return;
      const added = this.#expected.get(event.key)?.added;
      this.#expected.delete(event.key);
      if (!this.#isSame || added === undefined) {
        this.#isSame = false;
        return;
      }
      ofStored.scan(added, 0, added.length, held);
      this.#isSame = identityOf(held) === identityOf(event);
    });
  }

  /** @param chunk the next bytes of the LIST, borrowed */
  push(chunk: Buffer): void {
    this.#reader.push(chunk);
  }

  /** @returns whether the objects are the same; undefined if the list is incomplete or at another resourceVersion */
  finish(): boolean | undefined {
    const meta = this.#reader.finish();
    if (meta?.next !== '' || meta.resourceVersion !== this.resourceVersion) return undefined;
    return this.#isSame && this.#expected.size === 0 && this.#unread.size === 0;
  }
}

function identityOf({ resourceVersion, canonical }: WatchEvent): string {
  return `${resourceVersion} ${canonical.view().toString('latin1')}`;
}
