/** The same response, whose body waits before each of its chunks. */
export function lateBody(response: Response, wait: () => Promise<void> | undefined): Response {
  const late = new TransformStream<Uint8Array, Uint8Array>({
    async transform(chunk, controller) {
      await wait();
      controller.enqueue(chunk);
    },
  });
  return new Response(response.body!.pipeThrough(late), { status: response.status, headers: response.headers });
}
