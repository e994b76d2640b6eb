/** The beginning of a text, as much as fits into so many bytes of UTF-8. */
export function cutToBytes(text: string, most: number): string {
  const bytes = new TextEncoder().encode(text);
  // Half a character at the end waits for its other half, and is left out.
  return bytes.length <= most ? text : new TextDecoder().decode(bytes.subarray(0, most), { stream: true });
}
