/**
 * By what one object is told from another: its namespace and its name, and the name alone where it has no namespace, so
 * that cluster-scoped objects cost nothing more.
 */

const SLASH = '/';

/**
 * Injective, because neither part may hold a slash (apimachinery pkg/api/validation/path, IsValidPathSegmentName).
 *
 * @returns empty where the object has no name, or a part that no object can have: which one it is, is not certain then
 */
export function objectKey(namespace: string, name: string): string {
  if (name.includes(SLASH) || namespace.includes(SLASH)) return '';
  return namespace === '' || name === '' ? name : `${namespace}${SLASH}${name}`;
}
