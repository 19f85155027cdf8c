import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join, normalize } from 'node:path';
import { describe, test } from 'node:test';
import { anchorsOf, type Document, DOCUMENTS, linksOf, ROOT } from './documents.ts';

/** What is wrong with a link of this document; undefined for one that leads somewhere, or out of the project. */
function problemOf(document: Document, link: string): string | undefined {
  if (/^[a-z]+:/.test(link)) return undefined;
  const [path = '', anchor] = link.split('#');
  const target = path === '' ? document.path : normalize(join(document.path, '..', path));
  if (target.startsWith('..') || !existsSync(join(ROOT, target))) return `${link}: no such file`;
  if (anchor === undefined) return undefined;
  const to = DOCUMENTS.find((other) => other.path === target);
  if (to === undefined) return `${link}: has no headings`;
  return anchorsOf(to).has(anchor) ? undefined : `${link}: no such heading`;
}

describe('links in the documents (R33)', () => {
  for (const document of DOCUMENTS)
    test(`each of ${document.path} leads to a file and a heading that exist`, () => {
      const problems = linksOf(document).flatMap((link) => problemOf(document, link) ?? []);
      assert.deepEqual(problems, []);
    });

  test('a link to what is not there is found', () => {
    const document: Document = {
      path: 'docs/a.md',
      text: '# Here it is\n[a](#here-it-is)\n```\n[c](none.md)\n```\n',
    };
    assert.deepEqual(linksOf(document), ['#here-it-is']);
    assert.deepEqual([...anchorsOf(document)], ['here-it-is']);
    assert.match(problemOf(document, 'none.md') ?? '', /no such file/);
    assert.match(problemOf(document, '../../x') ?? '', /no such file/);
    assert.match(problemOf(document, 'settings.md#none') ?? '', /no such heading/);
    assert.equal(problemOf(document, 'settings.md#--mode'), undefined);
  });

  test('every document in docs is linked from another one', () => {
    const linked = new Set(
      DOCUMENTS.flatMap((document) =>
        linksOf(document).map((link) => normalize(join(document.path, '..', link.split('#')[0] ?? ''))),
      ),
    );
    const lonely = DOCUMENTS.map(({ path }) => path).filter(
      (path) => path.startsWith('docs/') && !linked.has(path),
    );
    assert.deepEqual(lonely, []);
  });
});
