/**
 * Reads and writes `caBundle` in the MutatingWebhookConfiguration, by which the API server verifies this webhook. It is
 * written only if it differs, and only onto the version that was read, so that replicas do not undo each other's
 * writes.
 */
import { listAt, textAt } from '../../platform/text/json-value.ts';
import { type Api, ApiProblem, refusal } from '../../platform/upstream/api-problem.ts';

/** The name of this webhook's entry in the configuration. */
export const WEBHOOK_NAME = 'inject.watchsieve.dev';

const PATH = '/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations';

export interface ReadConfiguration {
  readonly resourceVersion: string;
  /** The entries of this webhook: their index, and their bundle as PEM. */
  readonly webhooks: readonly { readonly index: number; readonly bundle: string }[];
}

export class CaBundle {
  readonly #api: Api;
  readonly #name: string;

  constructor(api: Api, name: string) {
    this.#api = api;
    this.#name = name;
  }

  /** @throws ApiProblem if the configuration cannot be read or has no entry of this webhook */
  async read(): Promise<ReadConfiguration> {
    const answer = await this.#api.ask({ method: 'GET', path: this.#path });
    if (answer.status !== 200) throw refusal(`${this.#title} cannot be read`, answer);
    const resourceVersion = textAt(answer.body, 'metadata', 'resourceVersion');
    const webhooks = listAt(answer.body, 'webhooks').flatMap((webhook, index) => {
      if (textAt(webhook, 'name') !== WEBHOOK_NAME) return [];
      const text = textAt(webhook, 'clientConfig', 'caBundle') ?? '';
      return [{ index, bundle: Buffer.from(text, 'base64').toString() }];
    });
    if (resourceVersion === undefined || webhooks.length === 0)
      throw new ApiProblem(`${this.#title} has no webhook ${WEBHOOK_NAME}`);
    return { resourceVersion, webhooks };
  }

  /** @returns false if the configuration has changed since it was read. @throws ApiProblem */
  async write({ resourceVersion, webhooks }: ReadConfiguration, bundle: string): Promise<boolean> {
    const value = Buffer.from(bundle).toString('base64');
    const answer = await this.#api.ask({
      method: 'PATCH',
      path: this.#path,
      body: [
        { op: 'test', path: '/metadata/resourceVersion', value: resourceVersion },
        ...webhooks.map(({ index }) => ({
          op: 'add',
          path: `/webhooks/${index}/clientConfig/caBundle`,
          value,
        })),
      ],
    });
    // 422 is the answer to a failed `test`.
    if (answer.status === 409 || answer.status === 422) return false;
    if (answer.status !== 200) throw refusal(`${this.#title} cannot be written`, answer);
    return true;
  }

  get #path(): string {
    return `${PATH}/${encodeURIComponent(this.#name)}`;
  }

  get #title(): string {
    return `MutatingWebhookConfiguration ${this.#name}`;
  }
}

export function hasBundle({ webhooks }: ReadConfiguration, bundle: string): boolean {
  return webhooks.every((webhook) => webhook.bundle === bundle);
}
