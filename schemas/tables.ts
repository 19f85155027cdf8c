/** Packages of API types as tables: of each message one line for each field, by the grammar of src/core/resource/table.ts. */
import type { GoField, GoPackage, ProtoField, Struct } from './go-package.ts';

/** Where a message stands. */
export interface Place {
  readonly pkg: GoPackage;
  readonly message: string;
}

/** What of other packages has no fields that anybody would choose, or another form in JSON. */
const FOREIGN: Readonly<Record<string, string>> = {
  'k8s.io.apimachinery.pkg.apis.meta.v1.Time': 'time',
  'k8s.io.apimachinery.pkg.apis.meta.v1.MicroTime': 'time',
  'k8s.io.apimachinery.pkg.apis.meta.v1.Duration': 'opaque',
  'k8s.io.apimachinery.pkg.apis.meta.v1.FieldsV1': 'opaque',
  'k8s.io.apimachinery.pkg.runtime.RawExtension': 'opaque',
  'k8s.io.apimachinery.pkg.util.intstr.IntOrString': 'opaque',
  'k8s.io.apimachinery.pkg.api.resource.Quantity': 'opaque',
};
const SCALARS: Readonly<Record<string, string>> = {
  string: 'text',
  bool: 'number',
  int32: 'number',
  int64: 'number',
  bytes: 'bytes',
};
/** Values of maps that JSON has as texts. */
const TEXTS: readonly string[] = ['string', 'bytes', 'Quantity', 'Time'];

export class Tables {
  readonly #packages: ReadonlyMap<string, GoPackage>;

  constructor(packages: readonly GoPackage[]) {
    this.#packages = new Map(packages.map((pkg) => [pkg.proto, pkg]));
  }

  /** All messages that these are made of, themselves included. */
  reach(roots: readonly Place[]): readonly Place[] {
    const found = new Map<string, Place>();
    const queue = [...roots];
    for (let place = queue.pop(); place !== undefined; place = queue.pop()) {
      const id = `${place.pkg.proto}.${place.message}`;
      if (found.has(id)) continue;
      found.set(id, place);
      for (const { proto, of } of this.#declared(place)) {
        const to = this.#target(of.pkg, proto.type);
        if (to !== undefined && proto.label !== 'map') queue.push(to);
      }
    }
    return [...found.values()];
  }

  /** @param spelled how a message is named in this table */
  linesOf(place: Place, spelled: (to: Place) => string): string[] {
    return this.#declared(place).map(({ path, proto, go, of }) => {
      const { json, options, goType } = go;
      const isAlways = !options.includes('omitempty') && !options.includes('omitzero');
      return `${json} ${path.join('.')} ${typeOf(goType, proto, this.#held(of.pkg, proto, spelled))}${isAlways ? '!' : ''}`;
    });
  }

  #held(pkg: GoPackage, { label, type }: ProtoField, spelled: (to: Place) => string): string {
    if (label === 'map') return TEXTS.includes(type.split('.').at(-1) ?? '') ? 'map' : 'opaque';
    const to = this.#target(pkg, type);
    return to === undefined ? (SCALARS[type] ?? FOREIGN[nameOf(pkg, type)] ?? 'opaque') : spelled(to);
  }

  /** The message that a type is, if it is one with fields in JSON too. */
  #target(pkg: GoPackage, type: string): Place | undefined {
    if (type in SCALARS) return undefined;
    const name = nameOf(pkg, type);
    if (name in FOREIGN) return undefined;
    const to = this.#packages.get(name.slice(0, name.lastIndexOf('.')));
    const message = name.slice(name.lastIndexOf('.') + 1);
    if (to?.messages.has(message) !== true) throw new Error(`nobody declares ${name}`);
    return this.#structOf({ pkg: to, message }) === undefined ? undefined : { pkg: to, message };
  }

  #structOf({ pkg, message }: Place): Struct | undefined {
    const { version, name } = pkg.borrowed.get(message) ?? {};
    if (version === undefined || name === undefined) return pkg.structs.get(message);
    return this.#packages.get(pkg.proto.replace(/\w+$/, version))?.structs.get(name);
  }

  /** The fields as JSON has them, those of embedded structs among them. */
  #declared(place: Place, before: readonly number[] = []): Declared[] {
    const { pkg, message } = place;
    const protos = pkg.messages.get(message) ?? new Map<number, ProtoField>();
    const fields = this.#structOf(place)?.fields ?? [];
    const numbers = fields.map(({ number }) => number).sort((a, b) => a - b);
    if (numbers.join() !== [...protos.keys()].sort((a, b) => a - b).join())
      throw new Error(`${pkg.proto}.${message}: types.go and generated.proto declare other fields`);
    return fields.flatMap((go) => {
      const proto = protos.get(go.number);
      if (proto === undefined) return [];
      const path = [...before, go.number];
      if (go.json !== '') return [{ path, proto, go, of: place }];
      const embedded = this.#target(pkg, proto.type);
      if (embedded === undefined || go.goType.startsWith('*') || proto.label !== 'optional')
        throw new Error(`${pkg.proto}.${message}: embeds what is no struct`);
      return this.#declared(embedded, path);
    });
  }
}

interface Declared {
  readonly path: readonly number[];
  readonly proto: ProtoField;
  readonly go: GoField;
  /** Of which message it is a field. */
  readonly of: Place;
}

const nameOf = ({ proto }: GoPackage, type: string): string =>
  type.startsWith('.') ? type.slice(1) : `${proto}.${type}`;

function typeOf(goType: string, { label }: ProtoField, held: string): string {
  // A map of what is no text is a list of its entries to whoever looks no further.
  if (label === 'repeated' || (label === 'map' && held === 'opaque')) return `[]${held}`;
  return goType.startsWith('*') ? `*${held}` : held;
}
