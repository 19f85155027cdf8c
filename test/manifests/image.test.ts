/** Whoever installs names the image, by one command; what nobody named is empty, and no API server takes that (R35). */
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { globSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { parse } from 'yaml';
import { textAt, valueAt } from '../support/json-value.ts';
import { copyManifests } from '../support/named-manifests.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const MANIFESTS = join(ROOT, 'manifests');
const DIGEST = `sha256:${'5c'.repeat(32)}`;

/** What each line says that names an image, by its file and number. */
function imagesIn(folder: string): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const file of globSync('**/*.yaml', { cwd: folder }).sort()) {
    // Templates of the chart take it from its values.
    if (file.includes('/templates/')) continue;
    for (const [index, line] of readFileSync(join(folder, file), 'utf8').split('\n').entries()) {
      const image = /^ +(?:- )?(?:image|newName|repository): (.*)$/.exec(line)?.[1];
      if (image !== undefined) found.set(`${file}:${index + 1}`, image);
    }
  }
  return found;
}

describe('the image of the manifests (R35)', () => {
  const folders: string[] = [];
  after(() => folders.forEach((folder) => rmSync(folder, { recursive: true, force: true })));

  function named(image: string): string {
    const folder = mkdtempSync(join(tmpdir(), 'watchsieve-named-'));
    folders.push(folder);
    return copyManifests(folder, image);
  }

  test('no file of the tree names one', () => {
    const images = imagesIn(MANIFESTS);
    assert.ok(images.size >= 14, [...images.keys()].join('\n'));
    for (const [place, image] of images) assert.equal(image, "''", place);
  });

  test('one command names it in all of them, and whoever names it again changes nothing else', () => {
    const manifests = named('registry.test:5000/a/watchsieve:1.2.3');
    const images = imagesIn(manifests);
    const where = [...images].filter(([, image]) => image !== "''").map(([place]) => place.split(':')[0]);
    const files = (kind: string) => globSync(`${kind}/*-sidecar.yaml`, { cwd: manifests });
    assert.deepEqual(
      where.sort(),
      [
        'chart/watchsieve-hub/values.yaml',
        'chart/watchsieve-webhook/values.yaml',
        'components/image/image.yaml',
        ...files('patch'),
        ...files('ssa'),
      ].sort(),
    );
    assert.ok(where.length >= 5);
    execFileSync('sh', [join(manifests, 'image.sh'), 'registry.test/b:2']);
    const again = named('registry.test/b:2');
    for (const file of globSync('**/*.{yaml,json,sh,md,tpl,txt}', { cwd: manifests }))
      assert.equal(
        readFileSync(join(manifests, file), 'utf8'),
        readFileSync(join(again, file), 'utf8'),
        file,
      );
  });

  test('until then kustomize stops with what is to be done, before anything is applied', () => {
    const transformer: unknown = parse(readFileSync(join(MANIFESTS, 'components/image/image.yaml'), 'utf8'));
    assert.equal(textAt(transformer, 'kind'), 'PatchTransformer');
    assert.deepEqual(valueAt(transformer, 'target'), { kind: '.*' });
    // A path that no object has: a failed test is an error of kustomize, which quotes it.
    const path = 'no image is named, run: sh manifests/image.sh REGISTRY/NAME:TAG';
    assert.deepEqual(parse(textAt(transformer, 'patch')), [{ op: 'test', path, value: '' }]);
  });

  test('what kustomize, kubectl and Helm are told is the same image', () => {
    for (const [image, values] of Object.entries({
      'registry.test:5000/a/watchsieve:1.2.3': ['registry.test:5000/a/watchsieve', '1.2.3', ''],
      [`registry.test/watchsieve@${DIGEST}`]: ['registry.test/watchsieve', '', DIGEST],
      [`watchsieve:1@${DIGEST}`]: ['watchsieve', '1', DIGEST],
    })) {
      const manifests = named(image);
      const read = (file: string): unknown => parse(readFileSync(join(manifests, file), 'utf8'));
      const tag = valueAt(read('components/image/image.yaml'), 'imageTag');
      assert.deepEqual(tag, { name: '', newName: image });
      for (const file of ['patch/speaker-sidecar.yaml', 'ssa/speaker-sidecar.yaml']) {
        const path = ['spec', 'template', 'spec', 'initContainers', 0, 'image'] as const;
        assert.equal(valueAt(read(file), ...path), image, file);
      }
      for (const chart of ['watchsieve-webhook', 'watchsieve-hub'])
        assert.deepEqual(
          ['repository', 'tag', 'digest'].map((key) =>
            valueAt(read(`chart/${chart}/values.yaml`), 'image', key),
          ),
          values,
          chart,
        );
    }
  });

  test('a name without a version, or none, is refused, and nothing is written', () => {
    const manifests = named('registry.test/w:1');
    const before = imagesIn(manifests);
    for (const args of [
      [],
      ['watchsieve'],
      ['registry.test:5000/w'],
      ['a b:1'],
      ["a'b:1"],
      ['a|b:1'],
      ['a:1', 'b:1'],
      [':1'],
    ]) {
      const { status, stderr } = spawnSync('sh', [join(manifests, 'image.sh'), ...args], {
        encoding: 'utf8',
      });
      assert.equal(status, 2, args.join(' '));
      assert.match(stderr, /^usage: sh \S+image\.sh REGISTRY\/NAME:TAG\n$/);
    }
    assert.deepEqual(imagesIn(manifests), before);
  });

  test('no document, help text or manifest names what is published nowhere', () => {
    const files = globSync(
      ['*.md', 'Dockerfile', '{docs,src,manifests,bench}/**/*.{md,ts,js,sh,yaml,tpl,txt}'],
      { cwd: ROOT },
    );
    assert.ok(files.length > 100);
    for (const file of files) {
      const text = readFileSync(join(ROOT, file), 'utf8');
      // An image without a registry, which a runtime would look for on Docker Hub.
      assert.doesNotMatch(text, /(?<![\w./@-])watchsieve:(?:\d|latest)/, file);
      assert.doesNotMatch(text, /\bnpx (?:-\S+ )*(?:@\w+\/)?watchsieve\b/, file);
      assert.doesNotMatch(text, /\bnpm (?:i|install|exec) (?:-\S+ )*(?:@\w+\/)?watchsieve(?![\w./-])/, file);
    }
  });

  test('a line that applies an overlay says what it makes of MetalLB, and the documents show a patch before it', () => {
    for (const flavour of ['native', 'frr', 'frr-k8s']) {
      const text = readFileSync(join(MANIFESTS, 'overlays', flavour, 'kustomization.yaml'), 'utf8');
      const version = /metallb\/config\/\S+\?ref=v(\S+)$/m.exec(text)?.[1] ?? assert.fail(flavour);
      for (const file of globSync(['*.md', 'docs/*.md', 'manifests/**/*.{md,yaml}'], { cwd: ROOT }))
        for (const line of readFileSync(join(ROOT, file), 'utf8').split('\n'))
          if (new RegExp(`apply -k manifests/overlays/${flavour}(?: |$)`).test(line))
            assert.ok(line.includes(`installs MetalLB ${version}, or turns the one that runs into it`), file);
    }
    for (const file of ['README.md', 'docs/install.md']) {
      const text = readFileSync(join(ROOT, file), 'utf8');
      const [patch, overlay] = ['a-speaker-that-runs-already', 'apply -k manifests/overlays/native'];
      const before = file === 'README.md' ? 'patch daemonset speaker' : patch;
      assert.ok(text.indexOf(before) < text.indexOf(overlay) && text.includes(before), file);
    }
  });
});
