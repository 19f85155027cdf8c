/**
 * An API server that holds one Secret, one webhook configuration and what rules there are in namespaces: resourceVersions, conflicts and refusals as the
 * real one has them. Asked directly, or over TLS. Requests can be held up, to let others write in between.
 */
import { applyPatch } from 'rfc6902';
import type { ApiAnswer, ApiRequest } from '../../../src/platform/upstream/api-client.ts';
import type { Api } from '../../../src/platform/upstream/api-problem.ts';
import { listAt, textAt, valueAt } from '../../support/json-value.ts';

export const SECRETS = '/api/v1/namespaces/watchsieve-system/secrets';
export const SECRET = `${SECRETS}/ca`;
export const CONFIGURATION =
  '/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations/watchsieve-webhook';

type Json = Readonly<Record<string, unknown>>;

export class FakeApi implements Api {
  readonly #objects = new Map<string, Json>();
  readonly #rules = new Map<string, readonly Json[]>();
  /** As `PUT /path`, in their order. */
  readonly asked: string[] = [];
  /** Called before a request is answered: a test may write in between, or answer itself. */
  intercept: (request: ApiRequest) => ApiAnswer | undefined = () => undefined;
  #version = 0;

  /** As somebody who may do anything. */
  put(path: string, object: Json): void {
    this.#version += 1;
    const metadata = { ...toRecord(object['metadata']), resourceVersion: String(this.#version) };
    this.#objects.set(path, { ...object, metadata });
  }

  get(path: string): Json | undefined {
    return this.#objects.get(path);
  }

  remove(path: string): void {
    this.#objects.delete(path);
  }

  /** The configuration as it is applied: without a bundle. */
  configure(
    webhooks: readonly Json[] = [{ name: 'inject.watchsieve.dev', clientConfig: { url: 'https://x' } }],
  ): void {
    this.put(CONFIGURATION, { kind: 'MutatingWebhookConfiguration', webhooks });
  }

  /** In the namespace metallb-system. */
  rule(resource: 'limitranges' | 'resourcequotas', object: Json): void {
    this.#rules.set(resource, [...(this.#rules.get(resource) ?? []), object]);
  }

  /** Of the first webhook, as PEM. */
  bundle(): string {
    return text(valueAt(this.get(CONFIGURATION), 'webhooks', 0, 'clientConfig', 'caBundle'));
  }

  secret(field: string): string {
    return text(valueAt(this.get(SECRET), 'data', field));
  }

  async ask(request: ApiRequest): Promise<ApiAnswer> {
    this.asked.push(`${request.method ?? 'GET'} ${request.path}`);
    await Promise.resolve();
    return this.intercept(request) ?? this.answer(request);
  }

  answer({ method = 'GET', path, body }: ApiRequest): ApiAnswer {
    if (method === 'POST') return this.#create(`${path}/${textAt(body, 'metadata', 'name')}`, toRecord(body));
    const rules = /^\/api\/v1\/namespaces\/([^/]+)\/(limitranges|resourcequotas)\?/.exec(path);
    if (rules !== null) {
      const [, namespace, resource = ''] = rules;
      const items = namespace === 'metallb-system' ? (this.#rules.get(resource) ?? []) : [];
      return { status: 200, body: { metadata: { resourceVersion: String(this.#version) }, items } };
    }
    const object = this.#objects.get(path);
    if (object === undefined) return status(404, 'not found');
    if (method === 'GET') return { status: 200, body: object };
    if (method === 'PUT') return this.#update(path, toRecord(body), object);
    const patched = structuredClone(object);
    if (applyPatch(patched, operations(body)).some((error) => error !== null))
      return status(422, 'test failed');
    this.put(path, patched);
    return { status: 200, body: this.#objects.get(path) };
  }

  #create(path: string, object: Json): ApiAnswer {
    if (this.#objects.has(path)) return status(409, 'already exists');
    this.put(path, object);
    return { status: 201, body: this.#objects.get(path) };
  }

  #update(path: string, object: Json, present: Json): ApiAnswer {
    const version = valueAt(object, 'metadata', 'resourceVersion');
    if (version !== valueAt(present, 'metadata', 'resourceVersion')) return status(409, 'has been modified');
    this.put(path, object);
    return { status: 200, body: this.#objects.get(path) };
  }
}

export function status(code: number, message: string): ApiAnswer {
  return { status: code, body: { kind: 'Status', message } };
}

function toRecord(value: unknown): Json {
  if (typeof value !== 'object' || value === null) return {};
  return Object.fromEntries(Object.entries(value));
}

function text(base64: unknown): string {
  return typeof base64 === 'string' ? Buffer.from(base64, 'base64').toString() : '';
}

function operations(body: unknown): Parameters<typeof applyPatch>[1] {
  return listAt(body).map((operation) => {
    const [op, path] = [textAt(operation, 'op'), textAt(operation, 'path')];
    if (op !== 'test' && op !== 'add') throw new Error(`no operation of ours: ${op}`);
    return { op, path, value: valueAt(operation, 'value') };
  });
}
