/** The check of the files for clients that read the in-cluster configuration, if there are any. */
import { X509Certificate } from 'node:crypto';
import { readFile, readlink } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { attempt } from '../../platform/text/failure.ts';
import { serviceAccountPath } from '../../platform/identity/service-account.ts';
import { printable } from '../../platform/text/printable.ts';
import { type Check, type CheckContext, type Finding, ok, wrong } from './check.ts';

export const inClusterCheck: Check = {
  name: 'in-cluster',
  async run(context) {
    const { inClusterTokenFile: tokenFile, inClusterNamespace, stateDir } = context.settings;
    if (tokenFile === undefined) return ok('no client is led by its in-cluster configuration');
    const folder = serviceAccountPath(stateDir);
    const [bundle, namespace, token] = await Promise.all([
      readFile(join(folder, 'ca.crt'), 'utf8').catch(() => undefined),
      readFile(join(folder, 'namespace'), 'utf8').catch(() => undefined),
      // The link points into another container.
      readlink(join(folder, 'token')).catch(() => undefined),
    ]);
    const missing = Object.entries({ 'ca.crt': bundle, namespace, token }).flatMap(([name, found]) =>
      found === undefined ? [name] : [],
    );
    if (bundle === undefined || missing.length > 0)
      return wrong('in-cluster-incomplete', `${folder} lacks ${missing.join(', ')}`);
    if (token !== tokenFile) return wrong('in-cluster-other', `token leads to ${printable(token ?? '')}`);
    if (namespace !== inClusterNamespace)
      return wrong('in-cluster-other', `namespace is ${printable(namespace ?? '')}`);
    return judgeAuthorities(bundle, context, `${folder} leads to ${tokenFile}`);
  },
};

async function judgeAuthorities(bundle: string, context: CheckContext, note: string): Promise<Finding> {
  const { settings, findUpstream } = context;
  const given = fingerprints(bundle);
  if (given === undefined)
    return wrong('in-cluster-wrong-ca', 'ca.crt holds something that is not a certificate');
  const own = await readFile(join(resolve(settings.stateDir), 'ca.crt'), 'utf8').catch(() => '');
  // The check of the API server reports one that cannot be found or verified.
  const cluster = await findUpstream()
    .then((target) => target.readCa())
    .catch(() => undefined);
  for (const [whose, pem] of Object.entries({ "the proxy's own": own, "the API server's": cluster ?? '' }))
    for (const fingerprint of fingerprints(pem) ?? [])
      if (!given.includes(fingerprint)) return wrong('in-cluster-wrong-ca', `ca.crt lacks ${whose}`);
  return ok(note);
}

const CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g;

/** The fingerprint of each certificate in `pem`; undefined if one of them is invalid. */
function fingerprints(pem: string): readonly string[] | undefined {
  return attempt(() =>
    (pem.match(CERTIFICATE) ?? []).map((text) => new X509Certificate(text).fingerprint256),
  );
}
