/**
 * The certificate authority that all replicas share, in a Secret: the first replica makes it, the others take it
 * over. It is replaced shortly before it expires, and stays in the bundle until then, so that certificates under either
 * are accepted. No other module reads or writes the Secret.
 */
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { attempt } from '../text/failure.ts';
import type { CertificateAndKey } from '../identity/certificates.ts';
import { recordAt, textAt } from '../text/json-value.ts';
import type { Logger } from '../logger.ts';
import { type Api, ApiProblem, refusal } from '../upstream/api-problem.ts';

export interface ObjectName {
  readonly namespace: string;
  readonly name: string;
}

export interface Authority {
  readonly current: CertificateAndKey;
  /** The replaced authority, if it is still valid and its key is kept. */
  readonly previous: CertificateAndKey | undefined;
  /** The validity of the current authority. */
  readonly validFrom: Date;
  readonly validTo: Date;
  /** PEM: every authority by which a served certificate may have to be verified. */
  readonly bundle: string;
}

export interface SharedAuthorityOptions {
  readonly api: Api;
  readonly secret: ObjectName;
  /** The program that owns it: part of the certificate's name, and the label of a new Secret. */
  readonly owner: string;
  /** Whether the Secret keeps the key of a replaced authority, which can then still issue. */
  readonly keepsPreviousKey: boolean;
  /** Milliseconds since 1970. */
  readonly wallNow: () => number;
  readonly log: Logger;
}

export const CA_VALID_DAYS = 365;
const DAY_MS = 86_400_000;
/** Longer than the validity of a serving certificate, so that no certificate outlives its issuer. */
const RENEW_BEFORE_MS = 60 * DAY_MS;
/** Attempts after another replica has written meanwhile; each replica writes once. */
const MAX_ATTEMPTS = 5;
const FIELD = {
  cert: 'ca.crt',
  key: 'ca.key',
  previous: 'previous-ca.crt',
  previousKey: 'previous-ca.key',
} as const;

/** The Secret's `data`, decoded. */
type Fields = Partial<Record<keyof typeof FIELD, string>>;

export class SharedAuthority {
  readonly #options: SharedAuthorityOptions;
  readonly #path: string;
  #last: Authority | undefined;

  constructor(options: SharedAuthorityOptions) {
    this.#options = options;
    this.#path = `/api/v1/namespaces/${encodeURIComponent(options.secret.namespace)}/secrets`;
  }

  /** Reads the authority from the Secret, and makes one if there is none that can be used. @throws ApiProblem */
  async read(): Promise<Authority> {
    for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt += 1) {
      const found = await this.#get();
      const authority = found === undefined ? await this.#create() : await this.#adopt(found);
      if (authority !== undefined) return (this.#last = authority);
    }
    throw new ApiProblem(`${this.#name} is written by others again and again`);
  }

  get #name(): string {
    const { namespace, name } = this.#options.secret;
    return `Secret ${namespace}/${name}`;
  }

  async #get(): Promise<unknown> {
    const { api, secret } = this.#options;
    const answer = await api.ask({ method: 'GET', path: `${this.#path}/${encodeURIComponent(secret.name)}` });
    if (answer.status === 404) return undefined;
    if (answer.status !== 200) throw refusal(`${this.#name} cannot be read`, answer);
    return answer.body;
  }

  /** @returns undefined if another replica was first */
  async #create(): Promise<Authority | undefined> {
    const { api, secret, owner } = this.#options;
    const fields = await this.#make(this.#last?.current);
    const answer = await api.ask({
      method: 'POST',
      path: this.#path,
      body: {
        apiVersion: 'v1',
        kind: 'Secret',
        metadata: { name: secret.name, labels: { 'app.kubernetes.io/name': owner } },
        type: 'Opaque',
        data: encode(fields),
      },
    });
    if (answer.status === 409) return undefined;
    if (answer.status !== 201) throw refusal(`${this.#name} cannot be made`, answer);
    this.#options.log.info({ secret, reason: 'there was none' }, 'authority made');
    return this.#judge(fields);
  }

  /** @returns undefined if another replica has written meanwhile */
  async #adopt(found: unknown): Promise<Authority | undefined> {
    const { secret, log } = this.#options;
    const data = recordAt(found, 'data');
    const fields = decode(data);
    const authority = this.#judge(fields);
    if (authority !== undefined && !this.#isDue(authority)) return authority;
    const foreign = Object.keys(data).filter((key) => !Object.values<string>(FIELD).includes(key));
    if (foreign.length > 0)
      throw new ApiProblem(`${this.#name} holds something else (${foreign.join(', ')}): name another one`);
    const fresh = await this.#make(authority?.current ?? this.#last?.current);
    if (!(await this.#replace(found, fresh))) return undefined;
    const reason = authority === undefined ? 'the one there cannot be used' : 'the one there ends soon';
    log.info({ secret, reason }, 'authority made');
    return this.#judge(fresh);
  }

  /** @returns false if another client has written meanwhile */
  async #replace(found: unknown, fields: Fields): Promise<boolean> {
    const { api, secret } = this.#options;
    const answer = await api.ask({
      method: 'PUT',
      path: `${this.#path}/${encodeURIComponent(secret.name)}`,
      // The resourceVersion makes the API server refuse this write if another client has written since the read.
      body: { ...recordAt(found), apiVersion: 'v1', kind: 'Secret', data: encode(fields) },
    });
    if (answer.status === 409 || answer.status === 404) return false;
    if (answer.status !== 200) throw refusal(`${this.#name} cannot be written`, answer);
    return true;
  }

  async #make(former: CertificateAndKey | undefined): Promise<Fields> {
    // Its ASN.1 library is slow to load, and most starts find an existing authority.
    const { createCertificateAuthority } = await import('../identity/certificates.ts');
    const { certPem: cert, keyPem: key } = await createCertificateAuthority({
      now: new Date(this.#options.wallNow()),
      commonName: this.#options.owner,
      validDays: CA_VALID_DAYS,
    });
    if (former === undefined || !this.#isValid(certificateOf(former.certPem))) return { cert, key };
    const { certPem: previous, keyPem: previousKey } = former;
    return { cert, key, previous, ...(this.#options.keepsPreviousKey && { previousKey }) };
  }

  /** Undefined for what cannot issue certificates that anybody would accept. */
  #judge({ cert, key, previous, previousKey }: Fields): Authority | undefined {
    const certificate = certificateOf(cert);
    if (cert === undefined || key === undefined || certificate === undefined) return undefined;
    if (!certificate.ca || !this.#isValid(certificate) || !isKeyOf(key, certificate)) return undefined;
    const former = certificateOf(previous);
    const isOverlap = previous !== undefined && this.#isValid(former);
    const isKept = previousKey !== undefined && former !== undefined && isKeyOf(previousKey, former);
    return {
      current: { certPem: cert, keyPem: key },
      previous: isOverlap && isKept ? { certPem: previous, keyPem: previousKey } : undefined,
      validFrom: certificate.validFromDate,
      validTo: certificate.validToDate,
      bundle: isOverlap ? cert + previous : cert,
    };
  }

  #isValid(certificate: X509Certificate | undefined): boolean {
    const now = this.#options.wallNow();
    return (
      certificate !== undefined &&
      certificate.validFromDate.getTime() <= now &&
      now < certificate.validToDate.getTime()
    );
  }

  #isDue({ validTo }: Authority): boolean {
    return validTo.getTime() - this.#options.wallNow() < RENEW_BEFORE_MS;
  }
}

function certificateOf(pem: string | undefined): X509Certificate | undefined {
  return pem === undefined ? undefined : attempt(() => new X509Certificate(pem));
}

function isKeyOf(keyPem: string, certificate: X509Certificate): boolean {
  return attempt(() => certificate.checkPrivateKey(createPrivateKey(keyPem))) === true;
}

function encode(fields: Fields): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(FIELD).flatMap(([field, name]) => {
      const text = fields[field as keyof Fields];
      return text === undefined ? [] : [[name, Buffer.from(text).toString('base64')]];
    }),
  );
}

function decode(data: Readonly<Record<string, unknown>>): Fields {
  return Object.fromEntries(
    Object.entries(FIELD).flatMap(([field, name]) => {
      const text = textAt(data, name);
      return text === undefined ? [] : [[field, Buffer.from(text, 'base64').toString()]];
    }),
  );
}
