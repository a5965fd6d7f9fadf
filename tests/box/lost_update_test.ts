import assert from "node:assert/strict";
import { waitFor } from "../support/wait_for.ts";
import { demos, operatorFor } from "./operator.ts";

const one = "/api/v1/namespaces/default/configmaps/one";
const box = `onReconcile:\n  configMaps: [{ name: one, data: { text: "{{ .spec.text }}" } }]`;

/** A watch whose events wait while `held`. */
function holding(response: Response, held: () => Promise<void> | undefined): Response {
  const body = response.body!.pipeThrough(
    new TransformStream<Uint8Array, Uint8Array>({
      async transform(chunk, controller) {
        await held();
        controller.enqueue(chunk);
      },
    }),
  );
  return new Response(body, { status: response.status, headers: response.headers });
}

Deno.test("a change that the answer to an own write brings before its event is acted on, without a resync", async () => {
  const gate = Promise.withResolvers<void>();
  let held: Promise<void> | undefined;
  let edits = 0;
  await using operator = await operatorFor({ box, resync: "1h" }, {}, async (request, forward) => {
    const { pathname, searchParams } = new URL(request.url);
    if (searchParams.has("watch")) return holding(await forward(), () => held);
    if (request.method === "PATCH") held = gate.promise; // no event from here on: neither of the child nor of the CR
    if (pathname.endsWith("/demos/a/status") && edits++ === 0) await operator.demo("a", { text: "second" });
    return await forward();
  });
  await operator.demo("a", { text: "first" });
  const passes = () => operator.told.filter((message) => message.type === "pass").length;
  try {
    await waitFor("the next pass acts on it", () => passes() > 1, { timeoutMs: 10_000 });
    const { data } = await operator.until(one, (object) => object["data"].text === "second");
    assert.deepEqual(data, { text: "second" });
  } finally {
    gate.resolve();
  }
  await operator.until(`${demos}/a`, ({ metadata, status }) => status?.observedGeneration === metadata.generation);
});
