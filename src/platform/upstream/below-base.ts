/** Whether a request target stays below the path of a kubeconfig's server. Pure. */

/**
 * `.` or `..` as a whole segment, however dots and slashes are spelled: whoever reads the path may resolve it, a proxy in
 * front of the server too.
 */
const DOT_SEGMENT = /(?:[/\\]|%2f|%5c)(?:\.|%2e){1,2}(?:;|$|[/\\]|%2f|%5c)/i;

/**
 * The API server's own paths hold no such segment. Without a base path there is nothing to leave, and a target is never
 * judged (R2); with one, it marks what the credentials of this kubeconfig are for.
 */
export function staysBelow(basePath: string, target: string): boolean {
  return basePath === '' || !DOT_SEGMENT.test(target.split('?', 1)[0] ?? '');
}
