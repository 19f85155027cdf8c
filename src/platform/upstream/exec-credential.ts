/**
 * Runs a credential plugin as client-go does (client.authentication.k8s.io, ExecCredential) and keeps its credentials
 * until they expire. The client library's runner is not used, because it passes no KUBERNETES_EXEC_INFO, has no
 * timeout, and does not ask again after a 401.
 */
import { spawn } from 'node:child_process';
import { CredentialsError, type ClientCertificate } from './credentials.ts';
import { attempt } from '../text/failure.ts';
import { textAt } from '../text/json-value.ts';
import { given } from './given-field.ts';
import { PresentedCertificate } from './presented-certificate.ts';

/** The plugin and its arguments, with field names as in a kubeconfig's `exec`. */
export interface ExecPlugin {
  readonly apiVersion: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  /** `spec.cluster` for the plugin; undefined if the plugin did not ask for it. */
  readonly cluster: Readonly<Record<string, unknown>> | undefined;
}

export interface ExecCredential {
  readonly token: string | undefined;
  readonly certificate: ClientCertificate | undefined;
  /** Milliseconds since 1970; undefined if they are valid until they are refused. */
  readonly expiresAt: number | undefined;
}

const TIMEOUT_MS = 60_000;
const MAX_OUTPUT_BYTES = 1024 * 1024;

export class ExecCredentials {
  readonly #plugin: ExecPlugin;
  readonly #now: () => number;
  readonly presented = new PresentedCertificate();
  #kept: ExecCredential | undefined;
  #running: Promise<ExecCredential> | undefined;

  /** @param now - milliseconds since 1970 */
  constructor(plugin: ExecPlugin, now: () => number) {
    this.#plugin = plugin;
    this.#now = now;
  }

  /**
   * The valid credentials. If there are none, the plugin runs once for all waiting callers.
   * @throws CredentialsError
   */
  async current(): Promise<ExecCredential> {
    const kept = this.#kept;
    if (kept !== undefined && (kept.expiresAt === undefined || kept.expiresAt > this.#now())) return kept;
    this.#running ??= this.#refresh();
    return this.#running;
  }

  forget(): void {
    this.#kept = undefined;
  }

  async #refresh(): Promise<ExecCredential> {
    try {
      const fresh = readCredential(await run(this.#plugin), this.#plugin);
      this.#kept = fresh;
      this.presented.is(fresh.certificate?.certPem);
      return fresh;
    } finally {
      this.#running = undefined;
    }
  }
}

/** The standard output of the plugin. Its error output is not logged, because it may contain secrets. */
async function run({ apiVersion, command, args, env, cluster }: ExecPlugin): Promise<string> {
  const spec = { interactive: false, ...(cluster === undefined ? {} : { cluster }) };
  const info = JSON.stringify({ apiVersion, kind: 'ExecCredential', spec });
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const fail = (why: string): void =>
    reject(new CredentialsError(`the credential plugin ${command} ${why}: run it by hand to see more`));
  const child = spawn(command, [...args], {
    env: { ...env, KUBERNETES_EXEC_INFO: info },
    stdio: ['ignore', 'pipe', 'ignore'],
    timeout: TIMEOUT_MS,
    killSignal: 'SIGKILL',
  });
  const chunks: Buffer[] = [];
  let size = 0;
  child.stdout.on('data', (chunk: Buffer) => {
    size += chunk.length;
    if (size <= MAX_OUTPUT_BYTES) chunks.push(chunk);
    else child.kill('SIGKILL');
  });
  child.once('error', (error: Error & { code?: string }) =>
    fail(`cannot be run (${error.code ?? 'failed'})`),
  );
  child.once('close', (code, signal) => {
    if (code === 0) resolve(Buffer.concat(chunks).toString('utf8'));
    else fail(code === null ? `was ended by ${signal ?? 'a signal'}` : `failed with exit code ${code}`);
  });
  return promise;
}

function readCredential(text: string, { apiVersion, command }: ExecPlugin): ExecCredential {
  const bad = (why: string) => new CredentialsError(`the credential plugin ${command} ${why}`);
  const answer = attempt((): unknown => JSON.parse(text));
  if (answer === undefined) throw bad('did not print JSON');
  if (textAt(answer, 'kind') !== 'ExecCredential' || textAt(answer, 'apiVersion') !== apiVersion)
    throw bad(`did not print an ExecCredential of ${apiVersion}`);
  const [token, certPem, keyPem, expiration] = [
    'token',
    'clientCertificateData',
    'clientKeyData',
    'expirationTimestamp',
  ].map((name) => given(textAt(answer, 'status', name)));
  const certificate = certPem === undefined || keyPem === undefined ? undefined : { certPem, keyPem };
  if (token === undefined && certificate === undefined)
    throw bad('printed neither a token nor a certificate');
  const expiresAt = expiration === undefined ? undefined : Date.parse(expiration);
  if (Number.isNaN(expiresAt)) throw bad('printed an expirationTimestamp that is not a time');
  return { token, certificate, expiresAt };
}
