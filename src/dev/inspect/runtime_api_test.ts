import assert from "node:assert/strict";
import { serveOnLoopback } from "../../../tests/support/loopback_server.ts";
import { realClock } from "../../../tests/support/clock.ts";
import { crdOf, katalogOf } from "../../../tests/support/katalog_response.ts";
import { AbsentError, InspectError } from "./inspect_error.ts";
import { katalogResponse } from "./responses.ts";
import { RuntimeApi, UnreachableError } from "./runtime_api.ts";

async function get(respond: (request: Request) => Response | Promise<Response>, timeoutMs = 5_000) {
  await using server = serveOnLoopback(respond);
  const url = `http://127.0.0.1:${server.port}`;
  const place = { url, text: url, advice: "look", failure: () => undefined, close: () => Promise.resolve() };
  const api = new RuntimeApi(place, realClock, timeoutMs);
  try {
    return await api.get("/katalog", katalogResponse);
  } catch (error) {
    assert.ok(error instanceof InspectError, String(error));
    return error;
  } finally {
    await api.close();
  }
}

Deno.test("RuntimeApi reads a response, a degraded one (503) too, and leaves out what it does not know", async () => {
  const body = katalogOf([crdOf("website", { later: { version: 2 } }), {
    name: "hidden",
    state: "pending",
    healthy: false,
  }]);
  for (const status of [200, 503]) {
    const read = await get(() => Response.json(body, { status }));
    assert.ok(!(read instanceof Error));
    assert.deepEqual(read.crds.map(({ name, workers }) => [name, workers]), [["website", 3], ["hidden", undefined]]);
    assert.ok(!("later" in read.crds[0]!));
  }
});

Deno.test("RuntimeApi refuses what is no response of a Runtime, and says what", async () => {
  const wrong: [() => Response, RegExp][] = [
    [
      () => new Response("<html>\x1b[2Jhi</html>"),
      /no JSON: "<html>\?\[2Jhi<\/html>"; is that the HTTP API of a Runtime\?/,
    ],
    [() => Response.json([1]), /this is not what ork reads: the response: .*expected object/],
    [
      () => Response.json(katalogOf([crdOf("a", { state: "melting", workers: -1 })])),
      /crds\.0\.state: .*; crds\.0\.workers: .*; use an ork of the version of the Runtime \(0\.1\.0\)$/,
    ],
    [() => Response.json({ error: "The process is starting" }, { status: 503 }), /The process is starting \(503\)/],
    [() => new Response(null, { status: 302, headers: { location: "http://elsewhere" } }), /\(302\) is no JSON/],
    [() => new Response(" ".repeat(17 * 1024 * 1024)), /more than 16777216 bytes/],
  ];
  for (const [respond, message] of wrong) {
    const error = await get(respond);
    assert.ok(error instanceof Error);
    assert.match(error.message, message);
  }
  assert.ok(await get(() => Response.json({ error: "no CRD" }, { status: 404 })) instanceof AbsentError);
});

Deno.test("RuntimeApi says when there is no response in time, and what to do", async () => {
  const late = Promise.withResolvers<Response>();
  const error = await get((request) => {
    request.signal.addEventListener("abort", () => late.resolve(new Response()));
    return late.promise;
  }, 100);
  assert.ok(error instanceof UnreachableError);
  assert.match(error.message, /^Cannot ask http:\/\/127\.0\.0\.1:\d+: no response within 0\.1 s; look$/);
});
