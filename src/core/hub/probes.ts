/**
 * Some requests ask for the newest state (I12). Its resourceVersion is determined by a LIST that is sent after such a
 * request arrived. Requests that arrive while a LIST is under way share the next one, because the running LIST may have
 * been answered before they arrived.
 */

/** @param resourceVersion undefined if the LIST failed */
type Told = (resourceVersion: string | undefined) => void;

export class Probes {
  readonly #send: () => void;
  #sent: Told[] | undefined;
  #next: Told[] = [];

  /** @param send sends a LIST and later passes its resourceVersion, or undefined, to `answered` */
  constructor(send: () => void) {
    this.#send = send;
  }

  /** @param told called once, with the newest resourceVersion or undefined */
  ask(told: Told): void {
    this.#next.push(told);
    if (this.#sent === undefined) this.#begin();
  }

  answered(resourceVersion: string | undefined): void {
    const told = this.#sent ?? [];
    this.#sent = undefined;
    if (this.#next.length > 0) this.#begin();
    for (const one of told) one(resourceVersion);
  }

  #begin(): void {
    this.#sent = this.#next;
    this.#next = [];
    this.#send();
  }
}
