import assert from "node:assert/strict";
import { waitFor } from "../support/wait_for.ts";
import { demos, operatorFor } from "./operator.ts";

// What a watch never delivers: the limit of a cache, as docs/reliability.md states it.

const core = "/api/v1/namespaces/default/configmaps";
const expired = '{"type":"ERROR","object":{"kind":"Status","apiVersion":"v1","code":410,"reason":"Expired"}}\n';

/** A watch without the lines that `drops` names; `expire` ends it as a server does that has lost its history. */
function filtered(response: Response, drops: (line: string) => boolean, expire: AbortSignal): Response {
  const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
  const encoder = new TextEncoder();
  let rest = "";
  let ended = false;
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      expire.addEventListener("abort", () => {
        if (ended) return;
        ended = true;
        controller.enqueue(encoder.encode(expired));
        controller.close();
        void reader.cancel();
      });
    },
    async pull(controller) {
      const { value, done } = await reader.read();
      if (ended) return;
      if (done) {
        ended = true;
        return controller.close();
      }
      const lines = (rest + value).split("\n");
      rest = lines.pop()!;
      // Even without a line: else nobody pulls again.
      controller.enqueue(encoder.encode(lines.filter((line) => !drops(line)).map((line) => `${line}\n`).join("")));
    },
    cancel: (reason) => reader.cancel(reason),
  });
  return new Response(body, { status: response.status, headers: response.headers });
}

Deno.test("a change that no watch delivers is found by the next list, and by no resync", async () => {
  let isLosing = false;
  const lost: string[] = [];
  const expire = new AbortController();
  await using operator = await operatorFor(
    {
      box: 'onReconcile:\n  configMaps: [{ name: settings, data: { colour: "{{ .spec.colour }}" } }]',
      resync: "100ms",
    },
    {},
    async (request, forward) => {
      const response = await forward();
      const { pathname, searchParams } = new URL(request.url);
      if (pathname !== "/api/v1/configmaps" || !searchParams.has("watch")) return response;
      return filtered(
        response,
        (line) => isLosing && line.includes('"MODIFIED"') && lost.push(line) > 0,
        expire.signal,
      );
    },
  );
  await operator.demo("shop", { colour: "red" });
  await operator.until(`${demos}/shop`, (cr) => cr["status"]?.observedGeneration === 1);
  await operator.idle(3);

  isLosing = true;
  const theirs = { data: { colour: "black" } };
  await operator.request("PATCH", `${core}/settings?fieldManager=kubectl-edit`, theirs, "application/merge-patch+json");
  await waitFor("the event is lost", () => lost.length === 1);
  operator.calls();
  await operator.idle(50); // more resyncs than may go without a pass
  assert.deepEqual(operator.calls(), [], "zero calls at rest");
  assert.equal((await operator.get(`${core}/settings`))!["data"].colour, "black");

  isLosing = false;
  expire.abort();
  await operator.until(`${core}/settings`, (object) => object["data"].colour === "red");
});
