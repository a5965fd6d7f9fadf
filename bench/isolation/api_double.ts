/**
 * An API server that costs next to nothing, in a process of its own: it serves lists and watches, responds to writes,
 * changes the objects of twelve boxes at a gentle pace, and makes trouble for the thirteenth on demand.
 */
import { Bulk } from "./bulk.ts";
import { Collection, joinAll, type StoredObject, versions } from "./collection.ts";
import { type Fault, Trouble } from "./faults.ts";
import { badBox, boxes, goodBoxes, group, kindOf, pluralOf } from "./katalog.ts";

const namespace = "demo";
/** Objects of each good box, and how often one of them is changed. */
const objectsPerBox = 10;
const changeEveryMs = 200;

const crs = new Map(boxes.map((box) => [box, new Collection(`${kindOf(box)}List`)]));
const children = new Map(boxes.map((box) => [box, new Collection("ConfigMapList")]));
/** Last change of an object that was not followed by a write yet: `n` and when it was sent. */
const pending = new Map<string, { n: number; sentMs: number }>();
const latencies: { box: string; ms: number }[] = [];
const events: unknown[] = [];
const trouble = new Trouble(crs.get(badBox)!, newObject);

function newObject(box: string, name: string, spec: Record<string, unknown>, generation = 1): StoredObject {
  return {
    apiVersion: `${group}/v1`,
    kind: kindOf(box),
    metadata: { name, namespace, uid: `uid-${box}-${name}`, generation, resourceVersion: versions.next() },
    spec,
  };
}

function change(box: string, name: string): void {
  const collection = crs.get(box)!;
  const object = collection.objects.get(name)!;
  const { n } = object["spec"] as { n: number };
  const metadata = {
    ...object.metadata,
    generation: object.metadata["generation"] as number + 1,
    resourceVersion: versions.next(),
  };
  pending.set(`${box}/${name}`, { n: n + 1, sentMs: performance.now() });
  collection.put({ ...object, metadata, spec: { ...object["spec"] as object, n: n + 1 } });
}

function written(box: string, name: string, n: number): void {
  const wanted = pending.get(`${box}/${name}`);
  if (wanted === undefined || n < wanted.n) return;
  pending.delete(`${box}/${name}`);
  latencies.push({ box, ms: performance.now() - wanted.sentMs });
}

for (const box of boxes) {
  for (let i = 0; i < objectsPerBox; i++) crs.get(box)!.put(newObject(box, `${box}-${i}`, { n: 0 }));
}
let changes = 0;
const every = changeEveryMs / goodBoxes.length;
let nextMs = performance.now();
setInterval(() => {
  // Evenly spread over the boxes and over time.
  for (; nextMs <= performance.now(); nextMs += every, changes++) {
    const box = goodBoxes[changes % goodBoxes.length]!;
    change(box, `${box}-${Math.floor(changes / goodBoxes.length) % objectsPerBox}`);
  }
}, 5);

async function serve(request: Request): Promise<Response> {
  const url = new URL(request.url);
  const parts = url.pathname.split("/").filter((part) => part !== "");
  const query = url.searchParams;
  if (parts[0] === "control") return await control(parts[1]!, request);
  if (request.method === "GET") {
    if (url.pathname === "/api/v1") return Response.json(resourceList([["configmaps", "ConfigMap"]]));
    if (url.pathname === `/apis/${group}/v1`) {
      return Response.json(resourceList(boxes.map((box) => [pluralOf(box), kindOf(box)])));
    }
    const collection = parts[1] === "v1"
      ? children.get(boxOf(/owner-kind=([\w.]+)/.exec(query.get("labelSelector") ?? "")?.[1]) ?? "")
      : crs.get(boxes.find((box) => pluralOf(box) === parts[3]) ?? "");
    if (collection === undefined) return notFound();
    return query.get("watch") === "true" ? collection.watch(query) : collection.list(query);
  }
  const body = await request.json();
  if (parts.includes("events")) {
    if (request.method === "POST" && !goodBoxes.map(kindOf).includes(body.regarding.kind)) events.push(body);
    return Response.json(body, { status: request.method === "POST" ? 201 : 200 });
  }
  if (parts[4] === "configmaps") return request.method === "DELETE" ? deleteChild(parts[5]!) : applyChild(body);
  const box = boxes.find((one) => pluralOf(one) === parts[5]);
  return box === undefined ? notFound() : patchStatus(box, parts[6]!, body);
}

/** The box whose children carry this value of the label `owner-kind`. */
function boxOf(ownerKind: string | undefined): string | undefined {
  return boxes.find((box) => ownerKind === `${kindOf(box)}.${group}`);
}

/** Discovery of namespaced kinds. */
function resourceList(resources: [plural: string, kind: string][]): unknown {
  return { kind: "APIResourceList", resources: resources.map(([name, kind]) => ({ name, kind, namespaced: true })) };
}

function applyChild(body: StoredObject): Response {
  const { labels } = body.metadata as unknown as { labels: Record<string, string> };
  const box = boxOf(labels["orkestra.orkspace.io/owner-kind"])!;
  written(box, body.metadata.name, Number((body["data"] as { n?: string }).n));
  if (box === badBox && trouble.answersGarbage) return new Response("<html>It works!</html>");
  const object = {
    ...body,
    metadata: {
      ...body.metadata,
      uid: `uid-${body.metadata.name}`,
      resourceVersion: versions.next(),
      managedFields: [{
        manager: "orkestra",
        operation: "Apply",
        apiVersion: "v1",
        fieldsType: "FieldsV1",
        fieldsV1: appliedFields(body),
      }],
    },
  };
  children.get(box)!.put(object);
  return Response.json(object);
}

/** What an apply of a ConfigMap owns (`metav1.FieldsV1`). */
function appliedFields(body: StoredObject): Record<string, unknown> {
  const { labels, annotations, ownerReferences } = body.metadata as Record<string, unknown>;
  const owners = (ownerReferences as { uid: string }[] | undefined ?? []).map(({ uid }) => [`k:{"uid":"${uid}"}`, {}]);
  const metadata = {
    ...fieldsOf({ labels, annotations }),
    ...(owners.length === 0 ? {} : { "f:ownerReferences": Object.fromEntries(owners) }),
  };
  return { "f:metadata": metadata, ...fieldsOf({ data: body["data"] }) };
}

function fieldsOf(map: object): Record<string, unknown> {
  const fields = Object.entries(map).filter(([, value]) => value !== undefined);
  return Object.fromEntries(
    fields.map(([key, value]) => [`f:${key}`, typeof value === "object" ? fieldsOf(value) : {}]),
  );
}

function deleteChild(name: string): Response {
  for (const collection of children.values()) collection.remove(name);
  return Response.json({ kind: "Status", apiVersion: "v1", status: "Success" });
}

function patchStatus(box: string, name: string, body: Record<string, unknown>): Response {
  const collection = crs.get(box)!;
  const number = Bulk.numberOf(name);
  if (number !== undefined && collection.bulk !== undefined) {
    collection.bulk.versions[number] = ++versions.last;
    return new Response(joinAll([
      collection.bulk.item(number).slice(0, -1),
      new TextEncoder().encode(`,"status":${JSON.stringify(body["status"])}}`),
    ]));
  }
  const object = collection.objects.get(name);
  if (object === undefined) return notFound();
  const changed = {
    ...object,
    metadata: { ...object.metadata, resourceVersion: versions.next() },
    status: { ...object["status"] as object ?? {}, ...body["status"] as object },
  };
  collection.put(changed);
  return Response.json(changed);
}

/** `POST /control/fault`, `/control/samples`. */
async function control(what: string, request: Request): Promise<Response> {
  if (what === "fault") {
    await trouble.set((await request.json()).fault as Fault);
    return Response.json({ sent: trouble.takeSent() });
  }
  return Response.json({
    latencies: latencies.splice(0),
    // Changes that are never followed by a write must not be missing from the figures.
    overdue: [...pending].map(([key, { sentMs }]) => ({ box: key.split("/")[0], ms: performance.now() - sentMs })),
    events: events.splice(0),
    sent: trouble.takeSent(),
  });
}

function notFound(): Response {
  const status = { kind: "Status", apiVersion: "v1", status: "Failure", reason: "NotFound", code: 404 };
  return Response.json({ ...status, message: "not found" }, { status: 404 });
}

Deno.serve({
  hostname: "127.0.0.1",
  port: 0,
  onListen: ({ port }) => console.log(JSON.stringify({ port })),
}, serve);
