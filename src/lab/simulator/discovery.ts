/** The fixed answers of the simulated API: version, health and just enough discovery for kubectl. */

const VERBS = ['get', 'list', 'patch', 'watch'];

/** Paths that answer `ok` as text, like the real server's health checks. */
export const HEALTH_PATHS: ReadonlySet<string> = new Set(['/healthz', '/livez', '/readyz']);

/** JSON documents by path. */
export const DOCUMENTS: ReadonlyMap<string, object> = new Map([
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
  ['/apis', { kind: 'APIGroupList', apiVersion: 'v1', groups: [] }],
  [
    '/api/v1',
    {
      kind: 'APIResourceList',
      groupVersion: 'v1',
      resources: [
        {
          name: 'nodes',
          singularName: 'node',
          namespaced: false,
          kind: 'Node',
          verbs: VERBS,
          shortNames: ['no'],
        },
      ],
    },
  ],
]);
