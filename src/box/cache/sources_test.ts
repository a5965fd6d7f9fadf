import assert from "node:assert/strict";
import { clientOf, openBody, statusResponse } from "../../../tests/support/api_double.ts";
import { FakeClock, realClock } from "../../../tests/support/clock.ts";
import { waitFor } from "../../../tests/support/wait_for.ts";
import type { Clock } from "../../base/clock.ts";
import type { KubeObject, ResourceType } from "../../k8s/object.ts";
import { builtInType } from "../../k8s/resource_types.ts";
import { createSandbox } from "../../sandbox/mod.ts";
import { maxChosenSources, Sources } from "./sources.ts";

const type: ResourceType = builtInType("Secret")!;
const never = new AbortController().signal;
const refTo = (key: string) => ({ type, key });

function sourcesOn(respond: (request: Request) => Response | Promise<Response>, clock: Clock = realClock) {
  const changed: string[] = [];
  const reported: string[] = [];
  const { api, received } = clientOf(
    ({ verb, path, headers, body }) =>
      respond(new Request(`http://double${path}`, { method: verb, headers, ...(body === "" ? {} : { body }) })),
    { clock },
  );
  const sources = new Sources({
    api,
    clock,
    random: () => 0,
    changed: (key) => void changed.push(key),
    watched: (what, _type, failure) => void reported.push(`${what} ${failure?.error ?? "is watched"}`),
    failed: (error) => {
      throw error;
    },
  });
  return { sources, changed, reported, received };
}

/** Sources on a server with Secrets, and a way to write them. */
function onSandbox() {
  const sandbox = createSandbox({ clock: realClock });
  const write = async (method: string, name: string, data?: Record<string, string>): Promise<void> => {
    const body: KubeObject = { apiVersion: "v1", kind: "Secret", metadata: { name }, data };
    const response = await sandbox.fetch(
      new Request(
        `http://double/api/v1/namespaces/default/secrets${method === "POST" ? "" : `/${name}`}`,
        {
          method,
          headers: { "content-type": "application/json" },
          ...(data === undefined ? {} : { body: JSON.stringify(body) }),
        },
      ),
    );
    assert.ok(response.ok, await response.text());
  };
  return { ...sourcesOn((request) => sandbox.fetch(request)), write, sandbox };
}

Deno.test("Sources tells exactly the users of a source of its changes, and counts them", async () => {
  const { sources, changed, write, sandbox } = onSandbox();
  await write("POST", "one", { a: "Yg==" });
  sources.use("x", [refTo("default/one")]);
  sources.use("y", [refTo("default/one"), refTo("default/two")]);
  sources.use("z", [refTo("default/two")]);
  await Promise.all(["x", "y", "z"].map((cr) => sources.settling(cr, never)));
  assert.equal(sources.settling("x", never), undefined, "it waits once");
  assert.deepEqual(sources.state(refTo("default/one")), {
    state: "found",
    content: { type: "Opaque", data: { a: "Yg==" }, binaryData: {} },
  });
  assert.deepEqual(sources.state(refTo("default/two")), { state: "absent" });
  changed.length = 0;
  const before = sources.versionOf("z");
  await write("PUT", "one", { a: "Yw==" });
  await waitFor("both users know", () => changed.length === 2);
  assert.deepEqual(changed.toSorted(), ["x", "y"]);
  assert.equal(sources.versionOf("z"), before);
  sources.use("x", [refTo("default/one")]);
  const same = sources.versionOf("x");
  sources.use("x", [refTo("default/one")]);
  assert.equal(sources.versionOf("x"), same, "the same sources are no change");
  await write("DELETE", "one");
  await waitFor("it is absent", () => sources.state(refTo("default/one")).state === "absent");
  sources.release("x");
  assert.equal(sources.versionOf("x"), 0);
  await sources.stop();
  await sandbox.stop();
});

Deno.test("Sources opens a watch for each source that CRs name, up to a limit, and closes it with its last user", async () => {
  const open = new Set<string>();
  const { sources } = sourcesOn((request) => {
    const { searchParams, pathname } = new URL(request.url);
    const name = `${pathname} ${searchParams.get("fieldSelector")}`;
    if (!searchParams.has("watch")) return Response.json({ metadata: { resourceVersion: "5" }, items: [] });
    if (searchParams.has("sendInitialEvents")) return statusResponse(422, "Invalid");
    open.add(name);
    return new Response(new ReadableStream({ cancel: () => void open.delete(name) }));
  });
  const all = Array.from({ length: maxChosenSources }, (_, index) => refTo(`default/s${index}`));
  sources.use("a", all.map(({ key }) => refTo(`${key}-before`)));
  sources.use("a", all);
  sources.use("b", [refTo("default/s0")]);
  await waitFor("all are watched", () => open.size === maxChosenSources);
  sources.use("c", [refTo("default/more")]);
  const refused = sources.state(refTo("default/more"));
  assert.ok(refused.state === "unreadable" && /more than 100 sources/.test(refused.why), JSON.stringify(refused));
  assert.equal(sources.state(refTo("default/s0")).state, "absent");
  sources.release("a");
  await waitFor("what nothing uses is closed", () => open.size === 1);
  assert.deepEqual([...open], ["/api/v1/namespaces/default/secrets metadata.name=s0"]);
  assert.equal(sources.state(refTo("default/more")).state, "pending", "there is room");
  sources.use("c", [refTo("default/more")]);
  await sources.settling("c", never);
  assert.equal(sources.state(refTo("default/more")).state, "absent");
  await sources.stop();
  sources.use("d", [refTo("default/last")]);
  await waitFor("nothing is watched, and nothing opened any more", () => open.size === 0);
});

Deno.test("Sources that the Katalog names stay watched, also in all namespaces, and CRs open none beside them", async () => {
  const { sources, received, write, sandbox } = onSandbox();
  await write("POST", "one", { a: "Yg==" });
  await sources.open({ role: "source", type, fieldSelector: { "metadata.name": "one" }, reasons: [] });
  const requests = received.length;
  sources.use("x", [refTo("default/one"), refTo("other/one")]);
  assert.equal(sources.settling("x", never), undefined);
  assert.equal(sources.state(refTo("default/one")).state, "found");
  assert.equal(sources.state(refTo("other/one")).state, "absent");
  sources.release("x");
  assert.equal(sources.state(refTo("default/one")).state, "found");
  assert.equal(received.length, requests);
  await sources.stop();
  await sandbox.stop();
});

Deno.test("Sources that may not be read say so at once, and tell their users when they may", async () => {
  let forbidden = true;
  const clock = new FakeClock();
  const { sources, changed, reported } = sourcesOn((request) => {
    if (forbidden) return statusResponse(403, "Forbidden");
    const { searchParams } = new URL(request.url);
    if (searchParams.has("sendInitialEvents")) return statusResponse(422, "Invalid");
    if (searchParams.has("watch")) return new Response(new ReadableStream());
    return Response.json({ metadata: { resourceVersion: "5" }, items: [] });
  }, clock);
  sources.use("x", [refTo("default/one")]);
  assert.deepEqual(sources.state(refTo("default/one")), { state: "pending", why: undefined });
  await sources.settling("x", never);
  const refused = sources.state(refTo("default/one"));
  assert.ok(refused.state === "unreadable" && /Forbidden/.test(refused.why));
  assert.match(reported.join(), /^Secret default\/one .*Forbidden/);
  forbidden = false;
  changed.length = 0;
  await waitFor("it can be read", async () => {
    await clock.advance(1_000);
    return sources.state(refTo("default/one")).state === "absent";
  });
  assert.deepEqual(changed, ["x"]);
  assert.equal(reported.at(-1), "Secret default/one is watched");
  await sources.stop();
});

Deno.test("Sources that were read are refused once that has lasted: an API server may have just started", async () => {
  let refusal: number | undefined;
  let refused = 0;
  const bodies: ReturnType<typeof openBody>[] = [];
  const clock = new FakeClock();
  const { sources, changed } = sourcesOn((request) => {
    if (refusal !== undefined) {
      refused++;
      return statusResponse(refusal, refusal === 401 ? "Unauthorized" : "Forbidden");
    }
    const { searchParams } = new URL(request.url);
    if (searchParams.has("sendInitialEvents")) return statusResponse(422, "Invalid");
    if (!searchParams.has("watch")) return Response.json({ metadata: { resourceVersion: "5" }, items: [] });
    bodies.push(openBody());
    return bodies.at(-1)!.response;
  }, clock);
  sources.use("x", [refTo("default/one")]);
  await sources.settling("x", never);
  const state = () => sources.state(refTo("default/one")).state;
  for (const status of [401, 403]) {
    assert.equal(state(), "absent");
    changed.length = 0;
    refusal = status;
    refused = 0;
    bodies.splice(0).forEach((body) => body.end());
    await waitFor("it is refused twice", async () => {
      await clock.advance(50);
      return refused === 2;
    });
    refusal = undefined;
    await waitFor("it is watched again", async () => {
      await clock.advance(50);
      return bodies.length > 0;
    });
    assert.equal(state(), "absent");
    assert.deepEqual(changed, []);
  }
  refusal = 403;
  bodies.splice(0).forEach((body) => body.end());
  const sinceMs = clock.nowMs();
  await waitFor("it counts", async () => {
    await clock.advance(500);
    return state() === "unreadable";
  });
  assert.ok(clock.nowMs() - sinceMs >= 1_000);
  assert.deepEqual(changed, ["x"]);
  await sources.stop();
});

Deno.test("Sources that do not respond delay a decision for a few seconds, and an end of the pass ends the wait", async () => {
  const clock = new FakeClock();
  const { sources } = sourcesOn(() => new Promise<Response>(() => {}), clock);
  sources.use("x", [refTo("default/one")]);
  const aborted = new AbortController();
  const cut = sources.settling("x", aborted.signal);
  aborted.abort();
  await cut;
  const settling = sources.settling("x", never);
  await clock.advance(3_000);
  await settling;
  assert.equal(sources.settling("x", never), undefined);
  assert.equal(sources.state(refTo("default/one")).state, "pending");
  await sources.stop();
});
