/** Checks that a request target stays below the path of a kubeconfig's server. Pure. */

/**
 * `.` or `..` as a whole segment, in any spelling of dots and slashes. The reader of the path, or a proxy in front of
 * the server, may resolve it.
 */
const DOT_SEGMENT = /(?:[/\\]|%2f|%5c)(?:\.|%2e){1,2}(?:;|$|[/\\]|%2f|%5c)/i;

/**
 * The API server's own paths never contain such a segment. Without a base path, nothing can be left, so no target is
 * judged (R2). With a base path, the credentials of this kubeconfig are meant only for paths below it.
 */
export function staysBelow(basePath: string, target: string): boolean {
  return basePath === '' || !DOT_SEGMENT.test(target.split('?', 1)[0] ?? '');
}
