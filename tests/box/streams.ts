/** Lets the first line of a stream through, and the rest once `rest` is resolved. */
export function firstLine(response: Response, seen: () => void, rest: Promise<void>): Response {
  let text = "";
  let isFirst = true;
  const lines = new TransformStream<string, string>({
    async transform(chunk, controller) {
      text += chunk;
      const end = text.indexOf("\n") + 1;
      if (isFirst && end === 0) return;
      if (isFirst) {
        controller.enqueue(text.slice(0, end));
        text = text.slice(end);
        isFirst = false;
        seen();
        await rest;
      }
      controller.enqueue(text);
      text = "";
    },
  });
  const body = response.body!.pipeThrough(new TextDecoderStream()).pipeThrough(lines)
    .pipeThrough(new TextEncoderStream());
  return new Response(body, { status: response.status, headers: response.headers });
}

/** The stream of a watch, until `cuts` has its connection broken. */
export function breakable(response: Response, cuts: Set<AbortController>): Response {
  const ends = new AbortController();
  cuts.add(ends);
  const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>();
  response.body!.pipeTo(writable, { signal: ends.signal }).catch(() => {/* it was cut */});
  return new Response(readable, { status: response.status, headers: response.headers });
}

/** Breaks the connections of all streams that `breakable` returned. */
export function cutAll(cuts: ReadonlySet<AbortController>): void {
  for (const ends of cuts) ends.abort(new Error("The connection was reset"));
}
