/**
 * What one package of Kubernetes' API types declares, by both of its sources: `generated.proto` has the numbers and types
 * of fields, `types.go` their names in JSON, their order there, what is a pointer and what is written where it is zero.
 * Both are generated or formatted by machine, a line for each field, which is all that this relies on.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

export interface GoPackage {
  /** As other packages name it in their protobuf: `k8s.io.api.core.v1`. */
  readonly proto: string;
  /** Empty for the core group. */
  readonly group: string;
  readonly version: string;
  readonly messages: ReadonlyMap<string, ReadonlyMap<number, ProtoField>>;
  readonly structs: ReadonlyMap<string, Struct>;
  /** Structs that are those of another version of the group. */
  readonly borrowed: ReadonlyMap<string, { readonly version: string; readonly name: string }>;
  /** The minor version of Kubernetes 1 that no longer serves a kind. */
  readonly removed: ReadonlyMap<string, number>;
}

export interface ProtoField {
  readonly label: 'optional' | 'repeated' | 'map';
  /** Of a map its values. */
  readonly type: string;
}

export interface Struct {
  /** The `+` markers above it. */
  readonly markers: readonly string[];
  readonly fields: readonly GoField[];
}

export interface GoField {
  readonly goType: string;
  /** Empty where Go embeds a struct: its fields then stand beside the others. */
  readonly json: string;
  readonly options: readonly string[];
  readonly number: number;
}

export function readPackage(folder: string): GoPackage {
  const proto = readFileSync(join(folder, 'generated.proto'), 'utf8');
  const go = readdirSync(folder)
    .filter((file) => file.endsWith('.go') && !/_test\.go$|^zz_generated|\.pb\.go$/.test(file))
    .map((file) => readFileSync(join(folder, file), 'utf8'));
  const lifecycle = join(folder, 'zz_generated.prerelease-lifecycle.go');
  return {
    proto: /^package (.+);$/m.exec(proto)?.[1] ?? '',
    group: go.map((text) => /\bGroupName = "(.*)"/.exec(text)?.[1]).find((name) => name !== undefined) ?? '',
    version: folder.split('/').at(-1) ?? '',
    messages: messagesOf(proto),
    structs: new Map(go.flatMap(structsOf)),
    borrowed: new Map(go.flatMap(borrowedIn)),
    removed: existsSync(lifecycle) ? removedIn(readFileSync(lifecycle, 'utf8')) : new Map<string, number>(),
  };
}

const PROTO_FIELD =
  /^ {2}(?:(?<label>optional|repeated) (?<type>\S+)|map<string, (?<value>\S+)>) \w+ = (?<number>\d+);$/;

function messagesOf(text: string): GoPackage['messages'] {
  const messages = new Map<string, Map<number, ProtoField>>();
  let fields = new Map<number, ProtoField>();
  for (const line of text.split('\n')) {
    const message = /^message (\w+) \{$/.exec(line)?.[1];
    if (message !== undefined) messages.set(message, (fields = new Map<number, ProtoField>()));
    else if (/^ {2}[a-z]/.test(line)) fields.set(...protoField(line));
  }
  return messages;
}

function protoField(line: string): readonly [number, ProtoField] {
  const { label, type, value, number } = PROTO_FIELD.exec(line)?.groups ?? {};
  if (value !== undefined) return [Number(number), { label: 'map', type: value }];
  if (type === undefined || (label !== 'optional' && label !== 'repeated'))
    throw new Error(`a field is declared as none before: ${line}`);
  return [Number(number), { label, type }];
}

const GO_FIELD = /^\t(?:\w+\s+)?(?<type>[^\s`]+) `(?<tags>[^`]*)`/;

function structsOf(text: string): (readonly [string, Struct])[] {
  const structs: [string, Struct][] = [];
  let markers: string[] = [];
  let fields: GoField[] | undefined;
  for (const line of text.split('\n')) {
    const name = /^type (\w+) struct ?\{\}?$/.exec(line)?.[1];
    const marker = /^\/\/ (\+.*)$/.exec(line)?.[1];
    if (name !== undefined) {
      structs.push([name, { markers, fields: (fields = []) }]);
      markers = [];
    } else if (line === '}') fields = undefined;
    else if (marker !== undefined) markers.push(marker);
    // Markers may stand in a comment of their own, before that of the type.
    else if (line !== '' && !line.startsWith('//')) {
      markers = [];
      const field = goField(line);
      if (field !== undefined) fields?.push(field);
    }
  }
  return structs;
}

/** Undefined for what is no field of the protobuf, such as TypeMeta, which stands around it. */
function goField(line: string): GoField | undefined {
  const { type, tags } = GO_FIELD.exec(line)?.groups ?? {};
  if (type === undefined || tags === undefined) return undefined;
  const number = /\bprotobuf:"[a-z0-9]+,(\d+)/.exec(tags)?.[1];
  const [json, ...options] = (/\bjson:"([^"]*)"/.exec(tags)?.[1] ?? '').split(',');
  return number === undefined
    ? undefined
    : { goType: type, json: json ?? '', options, number: Number(number) };
}

function borrowedIn(
  text: string,
): (readonly [string, { readonly version: string; readonly name: string }])[] {
  const found = text.matchAll(/^type (\w+) (?:= )?(v\w+)\.(\w+)$/gm);
  return [...found].map(([, own = '', version = '', name = '']) => [own, { version, name }]);
}

function removedIn(text: string): ReadonlyMap<string, number> {
  const found = text.matchAll(
    /func \(in \*(\w+)\) APILifecycleRemoved\(\) \(major, minor int\) \{\s+return 1, (\d+)/g,
  );
  return new Map([...found].map(([, kind = '', minor]) => [kind, Number(minor)]));
}
