/**
 * Makes src/core/resource/tables from the Go modules of Kubernetes' API types: `npm run schemas`. Reads Go's module cache and
 * never the network. The version of the modules stands here alone.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readPackage } from './go-package.ts';
import { render } from './render.ts';

const VERSION = 'v0.37.2';
const MODULES = ['k8s.io/api', 'k8s.io/apimachinery'] as const;
const OUT = fileURLToPath(new URL('../src/core/resource/tables', import.meta.url));

const [api, apimachinery] = MODULES.map(folderOf);
const folders = readdirSync(api ?? '', { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('/generated.proto'))
  .map((file) => join(api ?? '', file, '..'))
  .sort();
const meta = readPackage(join(apimachinery ?? '', 'pkg/apis/meta/v1'));
const files = render(VERSION, folders.map(readPackage), meta);
rmSync(OUT, { recursive: true, force: true });
mkdirSync(OUT);
for (const [name, text] of files) writeFileSync(join(OUT, name), text);
console.log(`${files.size} files from ${MODULES.join(' and ')} ${VERSION}`);

function folderOf(module: string): string {
  const spec = `${module}@${VERSION}`;
  try {
    const env = { ...process.env, GOPROXY: 'off', GOFLAGS: '-mod=mod' };
    const cache = execFileSync('go', ['env', 'GOMODCACHE'], { encoding: 'utf8', env }).trim();
    const folder = join(cache, spec);
    if (existsSync(folder)) return folder;
  } catch (error) {
    console.error(`Go is needed to find its module cache: ${String(error)}`);
    process.exit(1);
  }
  console.error(`${spec} is not in Go's module cache, and the network is not asked: go mod download ${spec}`);
  process.exit(1);
}
