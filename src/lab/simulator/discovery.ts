/** The fixed answers of the simulated API: version, health and just enough discovery for kubectl. */
import { type Kind, KINDS } from './kind.ts';
import { groupVersionOf, rootOf } from './resource-names.ts';

/** Paths that answer `ok` as text, like the real server's health checks. */
export const HEALTH_PATHS: ReadonlySet<string> = new Set(['/healthz', '/livez', '/readyz']);

/** JSON documents by path. */
export const DOCUMENTS: ReadonlyMap<string, object> = new Map<string, object>([
  [
    '/version',
    {
      major: '1',
      minor: '37',
      gitVersion: 'v1.37.2',
      gitCommit: '',
      gitTreeState: 'clean',
      buildDate: '1970-01-01T00:00:00Z',
      goVersion: '',
      compiler: '',
      platform: 'simulator',
    },
  ],
  ['/api', { kind: 'APIVersions', versions: ['v1'], serverAddressByClientCIDRs: [] }],
  [
    '/apis',
    {
      kind: 'APIGroupList',
      apiVersion: 'v1',
      groups: [...groups()].map(([name, version]) => {
        const preferredVersion = { groupVersion: `${name}/${version}`, version };
        return { name, versions: [preferredVersion], preferredVersion };
      }),
    },
  ],
  ...KINDS.map((kind): [string, object] => [rootOf(kind.resource), resourceList(kind)]),
]);

/** The groups besides the core one, each in its one version. */
function groups(): Map<string, string> {
  const named = KINDS.filter(({ resource }) => resource.group !== '');
  return new Map(named.map(({ resource: { group, version } }) => [group, version]));
}

/** All kinds that share a group and version with this one. */
function resourceList({ resource: one }: Kind): object {
  const groupVersion = groupVersionOf(one);
  const kinds = KINDS.filter(({ resource }) => groupVersionOf(resource) === groupVersion);
  const resources = kinds.map((row) => ({
    name: row.resource.plural,
    singularName: row.resource.singular,
    namespaced: row.resource.namespaced,
    kind: row.resource.kind,
    verbs: ['get', 'list', ...('patch' in row ? ['patch'] : []), 'watch'],
    shortNames: row.shortNames,
  }));
  return { kind: 'APIResourceList', apiVersion: 'v1', groupVersion, resources };
}
