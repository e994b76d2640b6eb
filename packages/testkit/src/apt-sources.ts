import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Where a Debian machine says its archive is: the address only, without suites. */
export type MirrorUrl = string;

/**
 * The Debian mirror named by the apt sources in `etcApt`: the first `deb` address whose path ends in `/debian`,
 * which leaves out the security archive and third parties. `undefined` when there is none.
 */
export async function readDebianMirror(etcApt = '/etc/apt'): Promise<MirrorUrl | undefined> {
  const parts = join(etcApt, 'sources.list.d');
  const names = (await readdir(parts).catch(() => [])).sort();
  const files = [join(etcApt, 'sources.list'), ...names.map((name) => join(parts, name))];
  for (const file of files) {
    const text = await readFile(file, 'utf8').catch(() => '');
    const urls = file.endsWith('.sources')
      ? parseDeb822Sources(text)
      : file.endsWith('.list')
        ? parseListSources(text)
        : [];
    const mirror = urls.find(isDebianArchive);
    if (mirror) return mirror;
  }
  return undefined;
}

/** The addresses of binary packages in a deb822 file (`*.sources`), in file order. */
export function parseDeb822Sources(text: string): MirrorUrl[] {
  return text.split(/\n[ \t]*\n/).flatMap((stanza) => {
    const fields = parseStanza(stanza);
    if (fields.get('enabled') === 'no' || !words(fields.get('types')).includes('deb')) return [];
    return words(fields.get('uris'));
  });
}

/** The addresses of binary packages in a one-line-format file (`*.list`), in file order. */
export function parseListSources(text: string): MirrorUrl[] {
  return text.split('\n').flatMap((line) => {
    const match = /^\s*deb\s+(?:\[[^\]]*\]\s+)?(\S+)\s+\S/.exec(line);
    return match?.[1] ? [match[1]] : [];
  });
}

function parseStanza(stanza: string): Map<string, string> {
  const fields = new Map<string, string>();
  let current = '';
  for (const line of stanza.split('\n')) {
    // A comment may stand inside a stanza, even between a field and its continuation lines.
    if (line.startsWith('#')) continue;
    const match = /^([\w-]+):(.*)$/.exec(line);
    if (match?.[1]) {
      current = match[1].toLowerCase();
      fields.set(current, (match[2] ?? '').trim());
    } else if (current) {
      fields.set(current, `${fields.get(current) ?? ''} ${line.trim()}`.trim());
    }
  }
  return fields;
}

function words(text: string | undefined): string[] {
  return (text ?? '').split(/\s+/).filter(Boolean);
}

function isDebianArchive(url: MirrorUrl): boolean {
  return /^https?:\/\/.*\/debian\/?$/.test(url);
}
