/** Environment → given values. Defines which variables belong to this program. Pure. */
import { didYouMean, type Given, type Source } from './given.ts';
import { envName, SETTING_FIELDS, SETTINGS } from './settings.ts';

/** A process environment, or the part of one that a test needs. */
export type Env = Readonly<Record<string, string | undefined>>;

/**
 * Variables that the kubelet adds to every Pod for a Service named `watchsieve` or `watchsieve-...`. They are not
 * settings and must not prevent the start. After the Service's name they have `_SERVICE_HOST`, `_SERVICE_PORT[_NAME]`,
 * `_PORT` or `_PORT_80_TCP[_PROTO|_PORT|_ADDR]`. The name of a port has at most 15 characters (apimachinery,
 * IsValidPortName).
 */
const SERVICE_LINK =
  /_SERVICE_HOST$|_SERVICE_PORT(_[A-Z0-9_]{1,15})?$|_PORT(_\d+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?)?$/;

/** Reads `WATCHSIEVE_...` and the other names of settings. An empty value counts as not set. */
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
