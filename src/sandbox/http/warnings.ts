/** Above this total length in characters, each warning is cut to `maxLengthWhenCut`. */
const maxTotalLength = 4096;
const maxLengthWhenCut = 256;

/** What the client of one request is warned of, whatever the response will be. */
export class Warnings {
  readonly #texts = new Set<string>();

  /** The same text counts once. */
  readonly add = (text: string): void => {
    if (text !== "") this.#texts.add(text);
  };

  /** The values of the `Warning` headers, as bytes in the form that `Headers` takes. */
  headers(): string[] {
    // A header cannot hold control characters: such a warning is not sent.
    const texts = [...this.#texts].filter((text) => !/\p{Cc}/u.test(text)).map((text) => [...text]);
    if (texts.reduce((sum, text) => sum + text.length, 0) <= maxTotalLength) return texts.map(headerOf);
    let left = maxTotalLength;
    const shown: string[] = [];
    for (const text of texts) {
      if (left <= 0) break;
      const cut = text.slice(0, maxLengthWhenCut);
      left -= cut.length;
      shown.push(headerOf(cut));
    }
    return shown;
  }
}

function headerOf(text: readonly string[]): string {
  const quoted = text.join("").replace(/["\\]/g, "\\$&");
  return String.fromCharCode(...new TextEncoder().encode(`299 - "${quoted}"`));
}
