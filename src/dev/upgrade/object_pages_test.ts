import assert from "node:assert/strict";
import { clientOf, statusResponse } from "../../../tests/support/api_double.ts";
import { realClock } from "../../../tests/support/clock.ts";
import type { Definition } from "./definition.ts";
import { objectPages, pageSize } from "./object_pages.ts";

const definition: Definition = {
  name: "shops.example.org",
  uid: "u",
  resourceVersion: "1",
  generation: 1,
  storageVersion: "v2",
  storedVersions: ["v1", "v2"],
  servedVersions: ["v1", "v2"],
  type: { group: "example.org", version: "v2", kind: "Shop", plural: "shops", namespaced: true },
};

interface Behaviour {
  /** Objects that cannot be read in v2. */
  readonly broken?: ReadonlySet<number>;
  /** Not even in v1. */
  readonly hopeless?: boolean;
  /** Tokens that have expired, by offset. */
  readonly expired?: ReadonlySet<number>;
  /** The same token for ever. */
  readonly stuck?: boolean;
}

/** Walks over `total` objects; the token of a list is the next offset, `~` before it where it does not expire. */
async function walked(total: number, behaviour: Behaviour = {}, stop?: (pages: number) => boolean) {
  const { broken = new Set(), hopeless = false, expired = new Set(), stuck = false } = behaviour;
  const { api, received } = clientOf(({ path }) => {
    const url = new URL(path, "http://double");
    const token = url.searchParams.get("continue") ?? "0";
    const [from, size] = [Number(token.replace("~", "")), Number(url.searchParams.get("limit"))];
    if (expired.has(from) && !token.startsWith("~")) {
      return statusResponse(410, "Expired", { metadata: { continue: `~${from}` } });
    }
    const to = Math.min(total, from + size);
    const numbers = Array.from({ length: to - from }, (_, n) => from + n);
    const refuses = numbers.some((n) => broken.has(n)) && (hopeless || url.pathname.includes("/v2/"));
    if (refuses) return statusResponse(500, "", { message: "conversion webhook failed" });
    return Response.json({
      metadata: {
        resourceVersion: "9",
        remainingItemCount: total - to,
        ...(stuck ? { continue: "0" } : to < total ? { continue: `${to}` } : {}),
      },
      items: numbers.map((n) => ({ metadata: { name: `s${n}`, namespace: "team" } })),
    });
  });
  const clock = { ...realClock, after: (_: number, run: () => void) => realClock.after(0, run) };
  const stopped = new AbortController();
  const names: string[] = [];
  const unreadable: string[] = [];
  const remaining: (number | undefined)[] = [];
  let pages = 0;
  for await (const page of objectPages(api, definition, { clock, random: () => 0, stopped: stopped.signal })) {
    names.push(...page.objects.map(({ metadata }) => metadata.name));
    if (page.unreadable !== undefined) unreadable.push(page.unreadable.key);
    remaining.push(page.remaining);
    if (stop?.(++pages) === true) stopped.abort();
  }
  return { names, unreadable, remaining, received };
}

const upTo = (total: number, ...left: number[]) =>
  Array.from({ length: total }, (_, n) => n).filter((n) => !left.includes(n)).map((n) => `s${n}`);

Deno.test("objectPages() are all objects, in pages of 500, with the number of those that remain", async () => {
  const { names, remaining, received } = await walked(2 * pageSize + 3);
  assert.deepEqual(names, upTo(1003));
  assert.deepEqual(remaining, [503, 3, 0]);
  assert.deepEqual(received.map(({ path }) => path), [
    "/apis/example.org/v2/shops?limit=500",
    "/apis/example.org/v2/shops?limit=500&continue=500",
    "/apis/example.org/v2/shops?limit=500&continue=1000",
  ]);
});

Deno.test("objectPages() continue after the same key when a token has expired", async () => {
  const { names, received } = await walked(1600, { expired: new Set([500, 1000]) });
  assert.deepEqual(names, upTo(1600));
  assert.equal(received.length, 6);
});

Deno.test("objectPages() name an object that cannot be read by another version, and leave it out", async () => {
  for (const at of [0, 1, 499, 500, 777, 999]) {
    const { names, unreadable } = await walked(1000, { broken: new Set([at]) });
    assert.deepEqual(names, upTo(1000, at), `${at}`);
    assert.deepEqual(unreadable, [`team/s${at}`]);
  }
  const neighbours = await walked(600, { broken: new Set([41, 42]) });
  assert.deepEqual([neighbours.names, neighbours.unreadable], [upTo(600, 41, 42), ["team/s41", "team/s42"]]);
});

Deno.test("objectPages() say after which object there is one that cannot be named", async () => {
  await assert.rejects(
    walked(10, { broken: new Set([4]), hopeless: true }),
    /The object after team\/s3 of shops\.example\.org cannot be read in any version that is served: conversion webhook/,
  );
  await assert.rejects(walked(10, { broken: new Set([0]), hopeless: true }), /^UpgradeError: The first object of /);
});

Deno.test("objectPages() end with a signal, and with a server that returns the same page for ever", async () => {
  assert.deepEqual((await walked(2000, {}, (pages) => pages === 2)).names, upTo(1000));
  await assert.rejects(walked(600, { stuck: true }), /returns the same page again/);
});
