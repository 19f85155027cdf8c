/** What was built of what, as an in-toto statement of SLSA: unsigned here, signed by the workflow that publishes. */

export interface Subject {
  readonly name: string;
  readonly sha256: string;
}

export interface Source {
  readonly repository: string;
  readonly commit: string;
  /** Pinned base images of the image, by their references. */
  readonly bases: readonly Subject[];
}

export function provenance(subjects: readonly Subject[], { repository, commit, bases }: Source): object {
  return {
    _type: 'https://in-toto.io/Statement/v1',
    subject: subjects.map(described),
    predicateType: 'https://slsa.dev/provenance/v1',
    predicate: {
      buildDefinition: {
        buildType: `${repository}/release`,
        externalParameters: { command: 'npm run release' },
        resolvedDependencies: [
          { uri: `git+${repository}@${commit}`, digest: { gitCommit: commit } },
          ...bases.map(described),
        ],
      },
      runDetails: { builder: { id: `${repository}/release/run.ts` } },
    },
  };
}

function described({ name, sha256 }: Subject): object {
  return { name, digest: { sha256 } };
}
