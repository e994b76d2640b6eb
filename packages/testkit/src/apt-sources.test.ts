import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parseDeb822Sources, parseListSources, readDebianMirror } from './apt-sources.ts';

describe('parseDeb822Sources', () => {
  it('reads the addresses of every stanza', () => {
    const text =
      'Types: deb\nURIs: http://mirror.test/debian\nSuites: stable\n\nTypes: deb\nURIs: http://b.test/x\n';
    expect(parseDeb822Sources(text)).toEqual(['http://mirror.test/debian', 'http://b.test/x']);
  });

  it('takes continuation lines and several addresses', () => {
    const text = 'Types: deb deb-src\nURIs: http://a.test/debian\n  http://b.test/debian\nSuites: stable\n';
    expect(parseDeb822Sources(text)).toEqual(['http://a.test/debian', 'http://b.test/debian']);
  });

  it('skips comments inside a stanza', () => {
    expect(parseDeb822Sources('Types: deb\n# http://old.test/debian\nURIs: http://a.test/debian\n')).toEqual([
      'http://a.test/debian',
    ]);
  });

  it('leaves out stanzas that are switched off or hold only sources', () => {
    const off = 'Types: deb\nEnabled: no\nURIs: http://a.test/debian\n';
    const sourceOnly = 'Types: deb-src\nURIs: http://b.test/debian\n';
    expect(parseDeb822Sources(`${off}\n${sourceOnly}`)).toEqual([]);
  });
});

describe('parseListSources', () => {
  it('reads lines with and without options', () => {
    const text =
      'deb http://a.test/debian stable main\ndeb [arch=amd64 signed-by=/k.gpg] https://b.test/debian stable main\n';
    expect(parseListSources(text)).toEqual(['http://a.test/debian', 'https://b.test/debian']);
  });

  it('skips comments and source packages', () => {
    expect(
      parseListSources('# deb http://a.test/debian stable main\ndeb-src http://b.test/debian stable main\n'),
    ).toEqual([]);
  });
});

describe('readDebianMirror', () => {
  let etcApt: string;
  beforeEach(async () => {
    etcApt = await mkdtemp(join(tmpdir(), 'apt-'));
    await mkdir(join(etcApt, 'sources.list.d'));
  });
  afterEach(() => rm(etcApt, { recursive: true }));

  it('passes over the security archive and third parties', async () => {
    const text = 'Types: deb\nURIs: http://m.test/debian-security http://m.test/node http://m.test/debian/\n';
    await writeFile(join(etcApt, 'sources.list.d', 'debian.sources'), text);
    expect(await readDebianMirror(etcApt)).toBe('http://m.test/debian/');
  });

  it('reads the one-line file too', async () => {
    await writeFile(join(etcApt, 'sources.list'), 'deb http://m.test/debian stable main\n');
    expect(await readDebianMirror(etcApt)).toBe('http://m.test/debian');
  });

  it('ignores files that apt ignores', async () => {
    await writeFile(
      join(etcApt, 'sources.list.d', 'x.list.disabled'),
      'deb http://m.test/debian stable main\n',
    );
    expect(await readDebianMirror(etcApt)).toBeUndefined();
  });

  it('knows no mirror where there is no apt', async () => {
    expect(await readDebianMirror(join(etcApt, 'missing'))).toBeUndefined();
  });
});
