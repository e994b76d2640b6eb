/** Longer ones are not kept: with a thousand servers, strangers could make us keep a lot. */
const mostKept = 16_384;

/**
 * A parser that parses anew only what is not the same text as the last time. Servers say the same thing second after
 * second, and the same result lets whoever compares see that nothing changed.
 */
export function rememberLast<T>(parse: (text: string) => T): (text: string) => T {
  let last: { readonly text: string; readonly value: T } | undefined;
  return (text) => {
    if (last?.text === text) return last.value;
    const value = parse(text);
    last = text.length <= mostKept ? { text, value } : undefined;
    return value;
  };
}

/**
 * Makes text of bytes, and of the same bytes as the last time the same text: whoever compares it with what there was sees
 * that at once, and most of what a probe would leave behind is not made.
 */
export function rememberBytes(): (bytes: Buffer) => string {
  let last: { readonly bytes: Buffer; readonly text: string } | undefined;
  return (bytes) => {
    if (last?.bytes.equals(bytes)) return last.text;
    const text = bytes.toString('utf8');
    // Of its own: what comes in is a part of something larger.
    last = bytes.length <= mostKept ? { bytes: Buffer.from(bytes), text } : undefined;
    return text;
  };
}
