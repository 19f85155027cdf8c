/**
 * `npm run release`: everything that a release is made of, in one folder and without a network. Publishing and signing
 * are the workflow's (.github/workflows/release.yml).
 */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  copyFileSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import packageJson from '../package.json' with { type: 'json' };
import { packed } from '../test/support/packed.ts';
import { copyManifests } from './manifests.ts';
import { placeholders } from './placeholders.ts';
import { provenance } from './provenance.ts';
import { bundledPackages, bundledSbom } from './sbom.ts';

const ROOT = join(import.meta.dirname, '..');
const USAGE = `Usage: npm run release -- [options]

  --image NAME:TAG      where the image will be; named in the manifests
  --image-layout DIR    the image as an OCI layout, built before; goes into the release as it is
  --out DIR             where everything is put [reports/release]
  --dry-run             also with placeholders, and with changes that are not committed

Exit code 1 where a placeholder is left, or the tree has changes.
`;

function run(command: string, ...args: readonly string[]): string {
  return execFileSync(command, args, { cwd: ROOT, encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 });
}

/** The same bytes of the same files, whoever makes it and when. */
function archive(file: string, folder: string, what: string): void {
  const fixed = ['--sort=name', '--owner=0', '--group=0', '--numeric-owner', '--mtime=2000-01-01T00:00Z'];
  run('tar', ...fixed, '--format=ustar', '--use-compress-program=gzip -n', '-cf', file, '-C', folder, what);
}

async function release(out: string, image: string, layout: string | undefined): Promise<void> {
  const { version } = packageJson;
  const name = `watchsieve-${version}`;
  rmSync(out, { recursive: true, force: true });
  mkdirSync(out, { recursive: true });
  const work = mkdtempSync(join(tmpdir(), 'watchsieve-release-'));
  try {
    const { tarball, program } = await packed();
    copyFileSync(tarball, join(out, `${name}.tgz`));
    const notices = readFileSync(join(program, '..', 'THIRD-PARTY-NOTICES.txt'), 'utf8');
    const sbom = bundledSbom(run('npm', 'sbom', '--sbom-format=cyclonedx'), bundledPackages(notices));
    writeFileSync(join(out, `${name}.cdx.json`), `${JSON.stringify(sbom, undefined, 2)}\n`);
    copyManifests(join(ROOT, 'manifests'), join(work, 'manifests'), { version, image });
    archive(join(out, `${name}-manifests.tgz`), work, 'manifests');
    for (const chart of readdirSync(join(work, 'manifests', 'chart')))
      archive(join(out, `${chart}-${version}.tgz`), join(work, 'manifests', 'chart'), chart);
    if (layout !== undefined) {
      cpSync(layout, join(work, `${name}-image`), { recursive: true });
      archive(join(out, `${name}-image.tgz`), work, `${name}-image`);
    }
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
  const subjects = readdirSync(out)
    .sort()
    .map((file) => ({ name: file, sha256: sha256(join(out, file)) }));
  const source = { repository: packageJson.repository.url, commit: run('git', 'rev-parse', 'HEAD').trim() };
  const statement = `${name}.provenance.json`;
  writeFileSync(join(out, statement), `${JSON.stringify(provenance(subjects, source), undefined, 2)}\n`);
  const all = [...subjects, { name: statement, sha256: sha256(join(out, statement)) }];
  writeFileSync(join(out, 'SHA256SUMS'), all.map((one) => `${one.sha256}  ${one.name}\n`).join(''));
  for (const file of readdirSync(out)) console.log(join(out, file));
}

function sha256(file: string): string {
  return createHash('sha256').update(readFileSync(file)).digest('hex');
}

const { values } = parseArgs({
  options: {
    image: { type: 'string' },
    'image-layout': { type: 'string' },
    out: { type: 'string', default: join(ROOT, 'reports', 'release') },
    'dry-run': { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});
if (values.help) {
  console.log(USAGE);
} else {
  const problems = placeholders(ROOT, { image: values.image });
  if (run('git', 'status', '--porcelain').trim() !== '')
    problems.push('the tree has changes that are not committed');
  for (const problem of problems)
    console.error(`${values['dry-run'] ? 'would refuse' : 'refused'}: ${problem}`);
  if (problems.length > 0 && !values['dry-run']) process.exitCode = 1;
  else {
    const image = values.image ?? `registry.example.com/watchsieve:${packageJson.version}`;
    await release(resolve(values.out), image, values['image-layout']);
  }
}
