/** The kinds of a package whose objects can be watched, by its declarations and the markers of its clients. */
import type { GoPackage } from './go-package.ts';

export interface Kind {
  readonly kind: string;
  readonly plural: string;
  readonly isNamespaced: boolean;
}

/** Lists that no API server lets anybody watch: they are made of what it finds when it is asked. */
const UNWATCHABLE: readonly string[] = ['ComponentStatus'];

/** @param minor of Kubernetes 1 */
export function kindsOf({ messages, structs, removed }: GoPackage, minor: number): readonly Kind[] {
  return [...structs].flatMap(([kind, { markers }]) => {
    const isServed = (removed.get(kind) ?? Infinity) > minor;
    const hasClient = markers.includes('+genclient') && !markers.includes('+genclient:noVerbs');
    if (!hasClient || !isServed || UNWATCHABLE.includes(kind)) return [];
    const list = messages.get(`${kind}List`);
    if (list?.get(1)?.type.endsWith('.ListMeta') !== true || list.get(2)?.type !== kind) return [];
    return [{ kind, plural: pluralOf(kind), isNamespaced: !markers.includes('+genclient:nonNamespaced') }];
  });
}

/** By the rules of apimachinery pkg/api/meta/restmapper.go, UnsafeGuessKindToResource. */
function pluralOf(kind: string): string {
  const name = kind.toLowerCase();
  if (name.endsWith('endpoints')) return name;
  if (name.endsWith('s')) return `${name}es`;
  return name.endsWith('y') ? `${name.slice(0, -1)}ies` : `${name}s`;
}
