/**
 * Remembers the client certificate with which connections were opened. If it changes, these connections have the wrong
 * identity.
 */
export class PresentedCertificate {
  readonly #onChange: (() => void)[] = [];
  #isKnown = false;
  #certPem: string | undefined;

  /** @param changed - called when another certificate, or none, has replaced the present one */
  onChange(changed: () => void): void {
    this.#onChange.push(changed);
  }

  /** @param certPem - the certificate to present from now on; undefined for none */
  is(certPem: string | undefined): void {
    const isOther = this.#isKnown && certPem !== this.#certPem;
    this.#isKnown = true;
    this.#certPem = certPem;
    if (isOther) for (const changed of this.#onChange) changed();
  }
}
