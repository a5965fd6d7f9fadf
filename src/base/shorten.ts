/** The text, or its beginning and its end round a `…` where it is longer than `maxLength` UTF-16 code units. */
export function shortenMiddle(text: string, maxLength: number): string {
  if (text.length <= maxLength) return text;
  const head = Math.ceil((maxLength - 1) / 2);
  return `${text.slice(0, head)}…${text.slice(text.length - (maxLength - 1 - head))}`;
}
