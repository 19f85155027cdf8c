/** Environment → given values. Owns which names belong to us; pure. */
import { didYouMean, type Given, type Source } from './given.ts';
import { envName, SETTING_FIELDS, SETTINGS } from './settings.ts';

/** A process environment, or the part of one a test cares for. */
export type Env = Readonly<Record<string, string | undefined>>;

/**
 * What the kubelet adds to every Pod for a Service named `watchsieve` or `watchsieve-...`: not meant
 * for us, and no reason to refuse to start. Such names are, after the Service's own:
 * `_SERVICE_HOST`, `_SERVICE_PORT[_NAME]`, `_PORT` and `_PORT_80_TCP[_PROTO|_PORT|_ADDR]`. The name of a port has 15
 * characters at most (apimachinery, IsValidPortName).
 */
const SERVICE_LINK =
  /_SERVICE_HOST$|_SERVICE_PORT(_[A-Z0-9_]{1,15})?$|_PORT(_\d+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?)?$/;

/** Reads `WATCHSIEVE_...` and the settings' other names; an empty value counts as none. */
export function readEnv(env: Env): Source {
  const names = new Set(SETTING_FIELDS.map((field) => envName(SETTINGS[field].flag)));
  const given: Given[] = [];
  for (const field of SETTING_FIELDS) {
    const { flag, alsoEnv } = SETTINGS[field];
    for (const source of [envName(flag), ...alsoEnv]) {
      const text = env[source];
      if (text !== undefined && text !== '') given.push({ field, text, source });
    }
  }
  const problems = Object.keys(env)
    .filter((name) => name.startsWith('WATCHSIEVE_') && !names.has(name) && !SERVICE_LINK.test(name))
    .sort()
    .map((name) => `unknown environment variable ${name}${didYouMean(name, [...names])}`);
  return { given, problems };
}
