/**
 * `npm run release`: everything that a release is made of, in one folder. It needs no network where the base of the
 * image was pulled before. Publishing and signing are the workflow's (.github/workflows/release.yml).
 */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import packageJson from '../package.json' with { type: 'json' };
import { packed } from '../test/support/packed.ts';
import { buildImage, digestOf } from './image.ts';
import { copyManifests } from './manifests.ts';
import { baseImages, digestIn, placeholders } from './placeholders.ts';
import { provenance, type Subject } from './provenance.ts';
import { bundledPackages, bundledSbom } from './sbom.ts';

const ROOT = join(import.meta.dirname, '..');
const USAGE = `Usage: npm run release -- [options]

  --image NAME:TAG         where the image will be; named in the manifests
  --image-layout DIR       the image as an OCI layout, made before; without it, buildah makes one for amd64 and arm64
  --build-arg NAME=VALUE   for that, as RUNTIME_IMAGE of a mirror; repeatable
  --out DIR                where everything is put [reports/release]
  --dry-run                also with placeholders, and with changes that are not committed
  --without-image          for a try: --dry-run without the longest part of it

Exit code 1 where a placeholder is left, the tree has changes, or something could not be built.
`;

function run(command: string, ...args: readonly string[]): string {
  return execFileSync(command, args, { cwd: ROOT, encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 });
}

/** The same bytes of the same files, whoever makes it and when. */
function archive(file: string, folder: string, what: string): void {
  const fixed = ['--sort=name', '--owner=0', '--group=0', '--numeric-owner', '--mtime=2000-01-01T00:00Z'];
  // Layers of an image are compressed already.
  const compress = file.endsWith('.tgz') ? ['--use-compress-program=gzip -n'] : [];
  run('tar', ...fixed, '--format=ustar', ...compress, '-cf', file, '-C', folder, what);
}

interface Release {
  readonly out: string;
  readonly image: string;
  readonly buildArgs: Readonly<Record<string, string>>;
  /** Built before. */
  readonly layout: string | undefined;
  readonly withImage: boolean;
}

async function release({ out, image, buildArgs, layout, withImage }: Release): Promise<void> {
  const { version } = packageJson;
  const name = `watchsieve-${version}`;
  rmSync(out, { recursive: true, force: true });
  mkdirSync(out, { recursive: true });
  const work = mkdtempSync(join(tmpdir(), 'watchsieve-release-'));
  const [commit = '', seconds] = run('git', 'log', '-1', '--format=%H %ct').trim().split(' ');
  const time = Number(seconds);
  /** What a registry will have under the image's name. */
  const pushed: Subject[] = [];
  try {
    const { tarball, program } = await packed();
    copyFileSync(tarball, join(out, `${name}.tgz`));
    const notices = readFileSync(join(program, '..', 'THIRD-PARTY-NOTICES.txt'), 'utf8');
    const sbom = bundledSbom(run('npm', 'sbom', '--sbom-format=cyclonedx'), bundledPackages(notices), time);
    writeFileSync(join(out, `${name}.cdx.json`), `${JSON.stringify(sbom, undefined, 2)}\n`);
    copyManifests(join(ROOT, 'manifests'), join(work, 'manifests'), { version, image });
    archive(join(out, `${name}-manifests.tgz`), work, 'manifests');
    for (const chart of readdirSync(join(work, 'manifests', 'chart')))
      archive(join(out, `${chart}-${version}.tgz`), join(work, 'manifests', 'chart'), chart);
    if (withImage) {
      const args = { VERSION: version, REVISION: commit, ...buildArgs };
      const build = { dockerfile: join(ROOT, 'Dockerfile'), dist: dirname(program), name: image, args, time };
      const folder = layout ?? buildImage(work, build);
      pushed.push({ name: image, sha256: digestOf(folder) });
      archive(join(out, `${name}-image.tar`), folder, '.');
    }
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
  const subjects = readdirSync(out)
    .sort()
    .map((file) => ({ name: file, sha256: sha256(join(out, file)) }));
  const bases = [...baseImages(ROOT, buildArgs).values()].flatMap((base) => {
    const digest = digestIn(base);
    return digest === undefined ? [] : [{ name: base, sha256: digest.replace('sha256:', '') }];
  });
  const source = { repository: packageJson.repository.url.replace(/^git\+/, ''), commit, bases };
  const statement = `${name}.provenance.json`;
  writeFileSync(
    join(out, statement),
    `${JSON.stringify(provenance([...subjects, ...pushed], source), undefined, 2)}\n`,
  );
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
    'build-arg': { type: 'string', multiple: true, default: [] },
    out: { type: 'string', default: join(ROOT, 'reports', 'release') },
    'dry-run': { type: 'boolean', default: false },
    'without-image': { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});

/** In words; none where all may go on. */
function problemsOf(buildArgs: Readonly<Record<string, string>>, isTry: boolean): string[] {
  const problems = placeholders(ROOT, { image: values.image, buildArgs });
  if (run('git', 'status', '--porcelain').trim() !== '')
    problems.push('the tree has changes that are not committed');
  if (values['without-image'] && !isTry) problems.push('--without-image: a release has an image');
  return problems;
}

async function main(): Promise<void> {
  if (values.help) {
    console.log(USAGE);
    return;
  }
  const isTry = values['dry-run'];
  const buildArgs: Record<string, string> = {};
  for (const given of values['build-arg']) {
    const [key = '', ...rest] = given.split('=');
    buildArgs[key] = rest.join('=');
  }
  const problems = problemsOf(buildArgs, isTry);
  for (const problem of problems) console.error(`${isTry ? 'would refuse' : 'refused'}: ${problem}`);
  if (problems.length > 0 && !isTry) {
    process.exitCode = 1;
    return;
  }
  await release({
    out: resolve(values.out),
    image: values.image ?? `registry.example.com/watchsieve:${packageJson.version}`,
    buildArgs,
    layout: values['image-layout'],
    withImage: !values['without-image'],
  });
}

try {
  await main();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
