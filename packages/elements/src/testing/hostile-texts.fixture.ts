/** Names that would do harm, or break a layout, if they were ever read as more than text. */
export const hostileTexts: readonly string[] = [
  '<script>globalThis.hacked = true</script>',
  '"><img src=x onerror="globalThis.hacked = true">',
  "' onmouseover='globalThis.hacked = true",
  '</style><style>*{display:none}</style>',
  '</h3></article><iframe srcdoc="<script>parent.hacked = true</script>"></iframe>',
  // biome-ignore lint/suspicious/noTemplateCurlyInString: the text of a template, never evaluated
  '${alert(1)}',
  '{{constructor.constructor("alert(1)")()}}',
  '<!-- <!-- -->',
  'red;background:url(//evil.invalid/x)',
  'javascript:alert(1)',
  '\u001B[31mred\u001B[0m',
  '**bold** [link](javascript:alert(1))',
  'toString',
  '__proto__',
  'hasOwnProperty',
  'constructor',
  '\u202Egpj.exe\u202C',
  'مرحبا 你好 👩‍👩‍👧‍👦 z̷̢̛a̶l̸g̴o̵',
  'a'.repeat(5000),
];

/** Numbers in [0, 1) that are the same in every run. */
export function seededRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

const pieces = [
  '<',
  '>',
  '"',
  "'",
  '&',
  '&amp;',
  '<b>',
  '\u202E',
  '\u2066',
  '\uD800',
  '\uDFFF',
  '\u200B',
  '\u0301',
  '🦙',
  ' ',
  '\n',
  '\t',
  '-->',
  '`',
  '\\',
];

/** A string of any code units: lone surrogates, direction overrides and markup are likely in it. */
export function randomText(random: () => number): string {
  const length = 1 + Math.floor(random() * 24);
  return Array.from({ length }, () =>
    random() < 0.4
      ? (pieces[Math.floor(random() * pieces.length)] as string)
      : String.fromCharCode(1 + Math.floor(random() * 0xfffe)),
  ).join('');
}
