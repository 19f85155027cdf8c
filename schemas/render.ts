/** The files of src/core/resource/tables. Nodes, and the metadata of any object, have tables of their own: every start reads them. */
import type { GoPackage } from './go-package.ts';
import { kindsOf } from './kinds.ts';
import { type Place, Tables } from './tables.ts';

interface Table {
  readonly file: string;
  readonly constant: string;
  /** As other tables spell it. */
  readonly alias: string;
  readonly places: readonly Place[];
}

interface Row {
  readonly group: string;
  readonly version: string;
  readonly line: string;
}

/** @returns contents by name */
export function render(
  version: string,
  packages: readonly GoPackage[],
  meta: GoPackage,
): ReadonlyMap<string, string> {
  const minor = Number(version.split('.')[1]);
  const source = `k8s.io/api ${version}`;
  const tables = new Tables([...packages, meta]);
  const served = packages
    .map((pkg) => ({ pkg, kinds: kindsOf(pkg, minor) }))
    .filter(({ kinds }) => kinds.length > 0);
  const roots = served.flatMap(({ pkg, kinds }) => kinds.map(({ kind }) => ({ pkg, message: kind })));
  const isNode = new Set(tables.reach(roots.filter(({ message }) => message === 'Node')).map(idOf));
  const groups = new Map<string, Place[]>();
  for (const place of tables.reach(roots)) {
    const file = fileOf(place.pkg, isNode.has(idOf(place)));
    groups.set(file, [...(groups.get(file) ?? []), place]);
  }
  const all = [...groups].map(([file, places]): Table => {
    const constant = file.toUpperCase().replaceAll('-', '_');
    return { file, constant, alias: file.replace(/-v1$/, ''), places: places.sort(byMessage) };
  });
  const texts = new Map(all.map((table) => [table.file, fileFor(table, all, tables, source)]));
  const twins = twinsAmong(all, texts);
  const rows = served.flatMap(({ pkg, kinds }) =>
    kinds.map(({ kind, plural, isNamespaced }): Row => {
      const { group, version } = pkg;
      const file = fileOf(pkg, kind === 'Node');
      const table = twins.get(file) ?? file;
      const name = group === '' ? plural : `${plural}.${group}`;
      const line = `${name} ${version} ${kind} ${isNamespaced ? 'namespaced' : 'cluster'} ${table}`;
      return { group, version, line };
    }),
  );
  const kept = all.filter(({ file }) => !twins.has(file));
  return new Map([
    ...kept.map(({ file }) => [`${file}.ts`, texts.get(file) ?? ''] as const),
    ['rows.ts', rowsFile(rows, kept, source)],
  ]);
}

/** By table, the one that says the same of another version and serves for both. One that others import stays. */
function twinsAmong(all: readonly Table[], texts: ReadonlyMap<string, string>): ReadonlyMap<string, string> {
  const twins = new Map<string, string>();
  const known = new Map<string, string>();
  const imported = [...texts.values()].join('');
  for (const { file, constant } of all.toSorted((a, b) => (a.file < b.file ? -1 : 1))) {
    const said = (texts.get(file) ?? '').replace(constant, '');
    const twin = known.get(said);
    if (twin === undefined) known.set(said, file);
    else if (!imported.includes(`'./${file}.ts'`)) twins.set(file, twin);
  }
  return twins;
}

const idOf = ({ pkg, message }: Place): string => `${pkg.proto}.${message}`;

const byMessage = (a: Place, b: Place): number => (a.message < b.message ? -1 : 1);

function fileOf({ proto }: GoPackage, isNode: boolean): string {
  const name = proto.split('.').slice(-2).join('-');
  return isNode && name === 'core-v1' ? 'core-v1-node' : name;
}

function fileFor(own: Table, all: readonly Table[], tables: Tables, source: string): string {
  const used = new Map<string, Table>();
  const spelled = (to: Place): string => {
    const table = all.find(({ places }) => places.some((place) => idOf(place) === idOf(to)));
    if (table === undefined) throw new Error(`no table has ${idOf(to)}`);
    if (table === own) return to.message;
    used.set(table.file, table);
    return `${table.alias}.${to.message}`;
  };
  const text = own.places.map((place) =>
    [place.message, ...tables.linesOf(place, spelled).map((line) => ` ${line}`)].join('\n'),
  );
  const imported = [...used.values()].sort((a, b) => (a.file < b.file ? -1 : 1));
  const imports = imported.map(({ file, constant }) => `import { ${constant} } from './${file}.ts';\n`);
  const names = imported.map(({ alias, constant }) =>
    alias.includes('-') ? `'${alias}': ${constant}` : `${alias}: ${constant}`,
  );
  const given = names.length === 0 ? '{}' : `{ ${names.join(', ')} }`;
  return `/** Made of ${source} by \`npm run schemas\`. */
import { table } from '../table.ts';
${imports.join('')}
// prettier-ignore
export const ${own.constant} = table(${given}, \`
${text.join('\n')}
\`);
`;
}

/** Newest first: what is stable before what is beta, and that before alpha. */
function rowsFile(rows: readonly Row[], all: readonly Table[], source: string): string {
  const sorted = rows.toSorted(
    (a, b) =>
      (a.group < b.group ? -1 : a.group > b.group ? 1 : 0) ||
      stabilityOf(b.version) - stabilityOf(a.version) ||
      (a.line < b.line ? -1 : 1),
  );
  const loaders = all.map(
    ({ file, constant }) => `  '${file}': async () => (await import('./${file}.ts')).${constant},\n`,
  );
  return `/** Made of ${source} by \`npm run schemas\`: what can be watched, as name, version, kind, scope and table. */
import { type Table } from '../table.ts';

export const SOURCE = '${source}';

// prettier-ignore
export const ROWS = \`
${sorted.map(({ line }) => line).join('\n')}
\`;

// prettier-ignore
export const TABLES: Readonly<Record<string, () => Promise<Table>>> = {
${loaders.sort().join('')}};
`;
}

/** As apimachinery pkg/version/helpers.go orders versions. */
function stabilityOf(version: string): number {
  const {
    major,
    stage,
    minor = '0',
  } = /^v(?<major>\d+)(?:(?<stage>alpha|beta)(?<minor>\d+))?$/.exec(version)?.groups ?? {};
  const rank = stage === undefined ? 2 : stage === 'beta' ? 1 : 0;
  return rank * 1e6 + Number(major) * 1e3 + Number(minor);
}
