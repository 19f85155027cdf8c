/**
 * Bundles `src/` into `dist/`: a launcher, one entry for the command, and chunks that are loaded only when needed
 * (certificates, kubeconfig, demo). `serve` is a bundle of its own in nearly one file, though that doubles what others
 * share with it: as fifty chunks it took a quarter more CPU to start. Run by `npm run build`.
 */
import { chmod, copyFile, rm, writeFile } from 'node:fs/promises';
import { isBuiltin } from 'node:module';
import { build, type Plugin } from 'esbuild';
import { licenceNotices } from './build-notices.ts';
import packageJson from './package.json' with { type: 'json' };

/**
 * Takes Node's own modules by `process.getBuiltinModule`: an `import` of one reads each of its exports, and among those of
 * node:http are some that load all of Node's own undici (3 MiB, and 8 ms of the start). esbuild would copy each own
 * property, which loads what node:util has behind some of them (1 MiB, 5 ms), so what it gets has none, but inherits them.
 */
const leanBuiltins: Plugin = {
  name: 'lean-builtins',
  setup(bundle) {
    bundle.onResolve({ filter: /.*/ }, ({ path, kind }) =>
      kind === 'import-statement' && isBuiltin(path) ? { path, namespace: 'builtin' } : undefined,
    );
    bundle.onLoad({ filter: /.*/, namespace: 'builtin' }, ({ path }) => ({
      contents: `const builtin = process.getBuiltinModule('${path}');
        module.exports = typeof builtin === 'function' ? builtin : Object.create(builtin);`,
    }));
  },
};

/** Leaves to `main` an import of the bundle of `serve`. */
const apart: Plugin = {
  name: 'serve-apart',
  setup(bundle) {
    bundle.onResolve({ filter: /serve-entry\.ts$/ }, ({ kind }) =>
      kind === 'dynamic-import' ? { path: './serve/serve-entry.js', external: true } : undefined,
    );
  },
};

/** @returns the paths of all that is in it */
async function bundle(outdir: string, entryPoint: string, plugins: Plugin[]): Promise<string[]> {
  const { metafile } = await build({
    entryPoints: [entryPoint],
    outdir,
    bundle: true,
    splitting: true,
    // Modules are called after their paths, which links would lead to wherever packages lie on this machine.
    preserveSymlinks: true,
    platform: 'node',
    format: 'esm',
    target: 'node22',
    minifySyntax: true,
    legalComments: 'none',
    metafile: true,
    plugins,
    logLevel: 'warning',
    define: { __VERSION__: JSON.stringify(packageJson.version) },
    banner: {
      // CommonJS dependencies call require(); an ES module has none of its own.
      js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);",
    },
  });
  return Object.keys(metafile.inputs);
}

await rm('dist', { recursive: true, force: true });
const bundled = [
  ...(await bundle('dist', 'src/main.ts', [leanBuiltins, apart])),
  ...(await bundle('dist/serve', 'src/cli/serve-entry.ts', [leanBuiltins])),
];
await copyFile('src/launcher.js', 'dist/watchsieve.js');
await chmod('dist/watchsieve.js', 0o755);
// In the image no package.json lies above: Node.js would read each file twice, to find out that it is a module.
await writeFile('dist/package.json', '{ "type": "module" }\n');
await writeFile('dist/THIRD-PARTY-NOTICES.txt', licenceNotices([...new Set(bundled)]));
