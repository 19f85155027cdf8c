/**
 * The key of an object within one resource: its namespace and name, or the name alone if the object is cluster-scoped.
 * The key of a cluster-scoped object costs no new string.
 */

const SLASH = '/';

/**
 * Different objects have different keys, because neither part may contain a slash (apimachinery
 * pkg/api/validation/path, IsValidPathSegmentName).
 *
 * @returns empty if the name is missing or a part is invalid: the object cannot be identified then
 */
export function objectKey(namespace: string, name: string): string {
  if (name.includes(SLASH) || namespace.includes(SLASH)) return '';
  return namespace === '' || name === '' ? name : `${namespace}${SLASH}${name}`;
}
