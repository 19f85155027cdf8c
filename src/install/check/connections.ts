/** The checks of listeners and answers: the proxy, its admin listener, the API server and its clock. */
import type { UpstreamTarget } from '../../platform/upstream/target.ts';
import { messageOf } from '../../platform/text/failure.ts';
import { toUpstreamError, type UpstreamError } from '../../platform/upstream/upstream-error.ts';
import { adminOrigin, causeCode, clientOf, isAboutTime } from './ask.ts';
import { textAt } from '../../platform/text/json-value.ts';
import { type Check, type Facts, type Finding, needs, ok, skipped, wrong } from './check.ts';
import type { Fault } from './faults.ts';

/** A smaller difference is harmless, because certificates and tokens allow for it. */
const MAX_SKEW_MS = 60_000;

/**
 * Checks that this watchsieve's proxy listens. Nothing is sent before its certificate has been verified, and no token
 * at all.
 */
export const proxyCheck: Check = {
  name: 'proxy',
  async run({ settings, timeoutMs }, { client }) {
    // The certificate does not come from the authority in the kubeconfig, so the listener cannot be verified and gets
    // no token.
    if (settings.tlsAuthority !== undefined)
      return skipped('clients verify it by the authority that is shared, which is not known here');
    if (settings.tlsCertFile !== undefined)
      return skipped('clients verify the certificate of --tls-cert-file by a CA that is not known here');
    if (client === undefined) return needs('kubeconfig');
    const proxy = clientOf(client.target, timeoutMs);
    try {
      await proxy.ask({ path: '/version' });
    } catch (thrown) {
      const error = toUpstreamError('headers', thrown);
      await proxy.close();
      return wrong(proxyFault(error), `${client.target.origin}: ${error.message}`);
    }
    return ok(`watchsieve listens at ${client.target.origin}, under the CA of the kubeconfig`, { proxy });
  },
};

function proxyFault(error: UpstreamError): Fault {
  if (isAboutTime(error)) return 'certificate-not-valid';
  if (error.code === 'timeout') return 'proxy-silent';
  return ['refused', 'dns', 'unreachable'].includes(error.code) ? 'proxy-down' : 'proxy-squatted';
}

export const adminCheck: Check = {
  name: 'admin',
  async run({ settings, timeoutMs }) {
    if (settings.adminListen.port === 0)
      return skipped('--admin-listen has port 0: name the port that serve took, as its log says');
    const admin = adminOrigin(settings.adminListen);
    let lines: string[];
    try {
      const answer = await fetch(`${admin}/readyz?verbose`, { signal: AbortSignal.timeout(timeoutMs) });
      lines = (await answer.text()).split('\n');
    } catch {
      return wrong('admin-down', admin);
    }
    const failing = lines.filter((line) => line.startsWith('[-]')).map((line) => line.slice('[-]'.length));
    if (lines.some((line) => line.startsWith('readyz check failed')))
      return wrong('not-ready', failing.join('; '), { admin });
    if (!lines.includes('readyz check passed') || !lines.some((line) => line.startsWith('[+]listener')))
      return wrong('admin-foreign', admin);
    return ok(['ready', ...failing].join('; '), { admin });
  },
};

/** Checks that the API server can be reached from here, in the way the proxy would. */
export const upstreamCheck: Check = {
  name: 'upstream',
  async run({ findUpstream, timeoutMs, now }) {
    let target: UpstreamTarget;
    try {
      target = await findUpstream();
    } catch (error) {
      return wrong('upstream-unknown', messageOf(error));
    }
    const upstream = clientOf(target, timeoutMs);
    try {
      const { status, date, body } = await upstream.ask({ path: '/version' });
      const version = textAt(body, 'gitVersion') ?? `of unknown version, answered ${status}`;
      return ok(`${target.origin}, ${version}`, clocks(date, now()));
    } catch (thrown) {
      return upstreamFinding(toUpstreamError('headers', thrown), target, now());
    } finally {
      await upstream.close();
    }
  },
};

function clocks(date: string | undefined, ours: Date): Facts {
  const theirs = new Date(date ?? '');
  return Number.isNaN(theirs.getTime()) ? {} : { clocks: { theirs, ours } };
}

function upstreamFinding(error: UpstreamError, { origin }: UpstreamTarget, now: Date): Finding {
  const detail = `${origin}: ${error.message}`;
  if (error.code === 'dns') return wrong('upstream-name', detail);
  if (error.code === 'ca') return wrong('upstream-ca', messageOf(error.cause));
  if (isAboutTime(error)) {
    const word = causeCode(error) === 'CERT_HAS_EXPIRED' ? 'expired' : 'begins later';
    return wrong('upstream-certificate-time', `at ${origin}, ${word}, and it is ${now.toISOString()} here`);
  }
  return wrong(error.code === 'tls' ? 'upstream-wrong-ca' : 'upstream-unreachable', detail);
}

/** Checks that this machine and the API server agree on the time. */
export const clockCheck: Check = {
  name: 'clock',
  run: (_context, facts) => Promise.resolve(judgeClock(facts)),
};

function judgeClock({ clocks: found }: Facts): Finding {
  if (found === undefined) return skipped('the API server has not told its time');
  const behind = found.theirs.getTime() - found.ours.getTime();
  const seconds = Math.round(Math.abs(behind) / 1000);
  if (Math.abs(behind) <= MAX_SKEW_MS) return ok(`${seconds} s from the API server's`);
  return wrong('clock-skewed', `this one is ${seconds} s ${behind > 0 ? 'behind' : 'ahead'}`);
}
