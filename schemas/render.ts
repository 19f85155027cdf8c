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
  const reached = tables.reach(roots);
  const shared = sharing(reached, tables);
  const kept = new Map(reached.map(shared).map((place) => [idOf(place), place]));
  const groups = new Map<string, Place[]>();
  for (const place of kept.values()) {
    const file = fileOf(place.pkg, isNode.has(idOf(place)));
    groups.set(file, [...(groups.get(file) ?? []), place]);
  }
  const all = [...groups].map(([file, places]): Table => {
    const constant = file.toUpperCase().replaceAll('-', '_');
    return { file, constant, alias: file.replace(/-v1$/, ''), places: places.sort(byMessage) };
  });
  const rows = served.flatMap(({ pkg, kinds }) =>
    kinds.map(({ kind, plural, isNamespaced }): Row => {
      const { group, version } = pkg;
      const table = fileOf(shared({ pkg, message: kind }).pkg, kind === 'Node');
      const name = group === '' ? plural : `${plural}.${group}`;
      const line = `${name} ${version} ${kind} ${isNamespaced ? 'namespaced' : 'cluster'} ${table}`;
      return { group, version, line };
    }),
  );
  return new Map([
    ...all.map((table) => [`${table.file}.ts`, fileFor(table, all, tables, shared, source)] as const),
    ['rows.ts', rowsFile(rows, all, source)],
  ]);
}

/** Of what several versions of a group declare alike, the most stable stands for all of them. */
function sharing(places: readonly Place[], tables: Tables): (place: Place) => Place {
  const known = new Map<string, Place>();
  const stableFirst = places.toSorted((a, b) => stabilityOf(b.pkg.version) - stabilityOf(a.pkg.version));
  const linesOf = (place: Place) => tables.linesOf(place, (to) => idOf(shared(to))).join('\n');
  const shared = (place: Place): Place => {
    const id = idOf(place);
    const before = known.get(id);
    if (before !== undefined) return before;
    // A message that holds itself is asked about again below.
    known.set(id, place);
    const found = stableFirst
      .filter(({ message }) => message === place.message)
      .filter(({ pkg }) => groupOf(pkg) === groupOf(place.pkg) && isMoreStable(pkg, place.pkg))
      .find((other) => linesOf(other) === linesOf(place));
    known.set(id, found ?? place);
    return found ?? place;
  };
  return shared;
}

const isMoreStable = (a: GoPackage, b: GoPackage): boolean => stabilityOf(a.version) > stabilityOf(b.version);

const groupOf = ({ proto }: GoPackage): string => proto.replace(/\.\w+$/, '');

const idOf = ({ pkg, message }: Place): string => `${pkg.proto}.${message}`;

const byMessage = (a: Place, b: Place): number => (a.message < b.message ? -1 : 1);

function fileOf({ proto }: GoPackage, isNode: boolean): string {
  const name = proto.split('.').slice(-2).join('-');
  return isNode && name === 'core-v1' ? 'core-v1-node' : name;
}

function fileFor(
  own: Table,
  all: readonly Table[],
  tables: Tables,
  shared: (place: Place) => Place,
  source: string,
): string {
  const used = new Map<string, Table>();
  const spelled = (declared: Place): string => {
    const to = shared(declared);
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
  return `/** Resources that can be watched: name, version, kind, scope, table. Made of ${source} by \`npm run schemas\`. */
import type { Table } from '../table.ts';

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
