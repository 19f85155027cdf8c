/**
 * A ConfigMap that publishes an authority to its clients, as `ca.crt`. It must exist already: a right to create
 * ConfigMaps cannot be limited to one name. A write happens only if the bundle differs, and only onto the version read.
 */
import { recordAt, textAt } from '../text/json-value.ts';
import { type Api, refusal } from '../upstream/api-problem.ts';
import type { ObjectName } from './shared-authority.ts';

const FIELD = 'ca.crt';

/** The ConfigMap as it was read. */
export interface ReadConfigMap {
  readonly resourceVersion: string | undefined;
  readonly data: Readonly<Record<string, unknown>>;
}

export class CaConfigMap {
  readonly #api: Api;
  readonly #path: string;
  readonly #title: string;

  constructor(api: Api, { namespace, name }: ObjectName) {
    this.#api = api;
    this.#path = `/api/v1/namespaces/${encodeURIComponent(namespace)}/configmaps/${encodeURIComponent(name)}`;
    this.#title = `ConfigMap ${namespace}/${name}`;
  }

  /** @throws ApiProblem */
  async read(): Promise<ReadConfigMap> {
    const found = await this.#api.ask({ path: this.#path });
    if (found.status !== 200) throw refusal(`${this.#title} cannot be read`, found);
    return {
      resourceVersion: textAt(found.body, 'metadata', 'resourceVersion'),
      data: recordAt(found.body, 'data'),
    };
  }

  /** @returns whether it had the bundle when it was read. @throws ApiProblem */
  async publish(bundle: string, { resourceVersion, data }: ReadConfigMap): Promise<boolean> {
    if (data[FIELD] === bundle) return true;
    const answer = await this.#api.ask({
      method: 'PATCH',
      path: this.#path,
      body: [
        { op: 'test', path: '/metadata/resourceVersion', value: resourceVersion },
        { op: 'add', path: '/data', value: { ...data, [FIELD]: bundle } },
      ],
    });
    if (answer.status === 200 || answer.status === 409) return false;
    // 422 is the answer to a failed `test`, if another replica has written, and to any write onto an immutable ConfigMap.
    const isOther = answer.status === 422 && (await this.read()).resourceVersion !== resourceVersion;
    if (!isOther) throw refusal(`${this.#title} cannot be written`, answer);
    return false;
  }
}
