/** The client certificate that connections were opened with: where it changes, they have become those of somebody else. */
export class PresentedCertificate {
  readonly #onChange: (() => void)[] = [];
  #isKnown = false;
  #certPem: string | undefined;

  /** @param changed - another certificate, or none, has taken the place of a former one, or of none */
  onChange(changed: () => void): void {
    this.#onChange.push(changed);
  }

  /** @param certPem - the one to present from now on; undefined: none */
  is(certPem: string | undefined): void {
    const isOther = this.#isKnown && certPem !== this.#certPem;
    this.#isKnown = true;
    this.#certPem = certPem;
    if (isOther) for (const changed of this.#onChange) changed();
  }
}
