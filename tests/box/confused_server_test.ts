import assert from "node:assert/strict";
import { statusResponse } from "../support/api_double.ts";
import { waitFor } from "../support/wait_for.ts";
import { type Between, demos, operatorFor } from "./operator.ts";
import { breakable, cutAll } from "./streams.ts";
import { definitions, monitors } from "./versions.ts";

// An API server that stops or starts may refuse, or not know, what it serves. No status says so.

const box = `onReconcile:
  configMaps: [{ name: settings, data: { colour: "{{ .spec.colour }}" } }]
  secrets: [{ name: copy, fromSecret: token }]
  custom:
    - { apiVersion: monitoring.dev/v1, kind: Monitor, metadata: { name: m }, spec: { colour: "{{ .spec.colour }}" } }`;

type Condition = { readonly type: string; readonly status: string };

/** How often each watch is tried before it works again. */
const tries = 2;

for (
  const [what, respond] of [
    ["not known", () => new Response("404 page not found", { status: 404 })],
    ["refused", () => statusResponse(403, "Forbidden")],
    ["not authenticated", () => statusResponse(401, "Unauthorized")],
  ] as const
) {
  Deno.test(`what is ${what} for a moment after an outage changes no status and makes no Event`, async () => {
    const open = new Set<AbortController>();
    let isConfused = false;
    const confused = new Map<string, number>();
    const between: Between = async (request, forward) => {
      const { pathname, searchParams } = new URL(request.url);
      const isRead = searchParams.has("watch") || searchParams.has("limit");
      if (isConfused && request.method === "GET" && isRead) {
        const id = `${pathname} ${searchParams.get("fieldSelector")}`;
        const times = (confused.get(id) ?? 0) + 1;
        confused.set(id, times);
        if (times <= tries) return respond();
      }
      const response = await forward();
      if (!searchParams.has("watch") || response.body === null) return response;
      return breakable(response, open);
    };
    await using operator = await operatorFor({ box }, {}, between);
    await operator.request("POST", definitions, monitors);
    const secret = { apiVersion: "v1", kind: "Secret", metadata: { name: "token" }, data: { key: "Yg==" } };
    await operator.request("POST", "/api/v1/namespaces/default/secrets", secret);
    await operator.demo("a", { colour: "red" });
    await operator.until(
      `${demos}/a`,
      (cr) => cr["status"]?.conditions?.some(({ type, status }: Condition) => type === "Ready" && status === "True"),
    );
    await operator.idle(3);
    const before = await operator.get(`${demos}/a`);
    operator.calls();

    isConfused = true;
    const watches = open.size;
    cutAll(open);
    await waitFor("all watches are back", () => open.size >= 2 * watches, { explain: () => [...confused] });
    assert.ok(confused.size >= 4, [...confused].join());
    await operator.idle(3);
    const writes = operator.calls().filter((call) => !/^(get|list|watch) /.test(call));
    assert.deepEqual(writes, []);
    assert.deepEqual(await operator.get(`${demos}/a`), before);
    assert.deepEqual(operator.messages.filter(({ type }) => type === "defect"), []);

    // It is watched as before.
    await operator.demo("a", { colour: "blue" });
    await operator.until("/apis/monitoring.dev/v1/namespaces/default/monitors/m", (m) => m["spec"].colour === "blue");
  });
}
