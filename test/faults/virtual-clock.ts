/** Time for a model client: its sleeps take none of ours, and what is to happen meanwhile happens in their midst. */
export class VirtualClock {
  #now = 0;
  readonly #plans: { readonly at: number; readonly action: () => Promise<void> }[] = [];

  get now(): number {
    return this.#now;
  }

  /** Plans an action for `ms` milliseconds from now. */
  after(ms: number, action: () => Promise<void>): void {
    this.#plans.push({ at: this.#now + ms, action });
    this.#plans.sort((a, b) => a.at - b.at);
  }

  async sleep(ms: number): Promise<void> {
    const until = this.#now + ms;
    for (let plan = this.#plans[0]; plan !== undefined && plan.at <= until; plan = this.#plans[0]) {
      this.#plans.shift();
      this.#now = plan.at;
      await plan.action();
    }
    this.#now = until;
  }
}
