import type { Clock } from "../../base/clock.ts";
import { isMap, type Json, type JsonMap, stringifyJson } from "../../base/json.ts";
import type { KubeObject } from "../../k8s/object.ts";
import type { FieldValidation } from "../codec.ts";
import { deleteObject, readDeleteOptions } from "../deletion.ts";
import { ApiFault, badRequest, methodNotAllowed, unsupportedMediaType } from "../faults.ts";
import { namedOf, type Objects, type Target, type WriteOptions, type Written } from "../objects.ts";
import { jsonPatch } from "../patch/json_patch.ts";
import { mergePatch } from "../patch/merge_patch.ts";
import { strategicPatch } from "../patch/strategic_patch.ts";
import { strategyOf } from "../kinds/strategy.ts";
import type { ResourceVersion } from "../resource.ts";
import { type Matcher, parseFieldSelector, parseLabelSelector } from "../selectors.ts";
import { mediaType, parseBody, parseYaml, readObject, readText } from "./body.ts";
import { listPage } from "./list.ts";
import { negotiate } from "./negotiate.ts";
import { type Rendering, renderList, renderObject, toYaml } from "./render.ts";
import type { ResourceRequest } from "./request.ts";
import { scaleOf, withScale } from "./scale.ts";

/** What a handler works with. */
export interface Call {
  readonly objects: Objects;
  readonly clock: Clock;
  readonly request: Request;
  readonly info: ResourceRequest;
  readonly type: ResourceVersion;
}

const patchTypes = [
  "application/json-patch+json",
  "application/merge-patch+json",
  "application/strategic-merge-patch+json",
  "application/apply-patch+yaml",
];

/** The form in which the answer is wanted. Throws `ApiFault` 406. */
export function renderingOf({ request, info, type, clock }: Call): Rendering {
  return {
    type,
    wanted: negotiate(request),
    includeObject: info.query.get("includeObject") ?? "Metadata",
    nowMs: clock.wallMs(),
  };
}

/** Both selectors of a query as one test; `undefined` when everything is asked for. */
export function matcherOf({ info, type }: Call): Matcher | undefined {
  const labels = parseLabelSelector(info.query.get("labelSelector"));
  const fields = parseFieldSelector(info.query.get("fieldSelector"), type.resource);
  if (labels === undefined || fields === undefined) return labels ?? fields;
  return (object) => labels(object) && fields(object);
}

/** The namespace of a list: `undefined` for all of them. */
export function namespaceOf({ info, type }: Call): string | undefined {
  return type.resource.namespaced && info.namespace !== "" ? info.namespace : undefined;
}

export function handleList(call: Call): Response {
  const { objects, type, info } = call;
  const rendering = renderingOf(call);
  const page = listPage(objects.collection(type), namespaceOf(call), info.query, matcherOf(call));
  const items = page.items.map((object) => type.resource.convert(object as never, type) as unknown as KubeObject);
  return answer(200, renderList(items, page.metadata, rendering), rendering);
}

export function handleGet(call: Call): Response {
  const rendering = renderingOf(call);
  const object = call.objects.get(targetOf(call));
  if (call.info.subresource === "scale") return answer(200, stringifyJson(scaleOf(call.type, object)), rendering);
  return answer(200, renderObject(object, rendering), rendering);
}

export async function handleCreate(call: Call): Promise<Response> {
  const { objects, info } = call;
  if (info.name !== "" || info.subresource !== "") throw methodNotAllowed();
  const rendering = renderingOf(call);
  const body = await readObject(call.request);
  if (body === undefined) throw badRequest("the body of the request is empty");
  return written(objects.create(targetOf(call), body, optionsOf(call)), rendering);
}

export async function handleUpdate(call: Call): Promise<Response> {
  const { objects, info, type } = call;
  const rendering = renderingOf(call);
  const body = await readObject(call.request);
  if (body === undefined) throw badRequest("the body of the request is empty");
  const target = targetOf(call);
  if (info.subresource === "scale") return scaled(call, () => body, rendering);
  const mustName = !type.resource.custom || isMap(body["metadata"]);
  if (!mustName) throw badRequest("metadata is required");
  if (type.resource.custom && !(isMap(body["metadata"]) && body["metadata"]["resourceVersion"])) {
    // A custom resource must say which state it replaces (customresource strategy, AllowUnconditionalUpdate false).
    objects.get(target);
    throw new ApiFault(
      422,
      "Invalid",
      `${type.resource.kind}.${type.group} "${info.name}" is invalid: metadata.resourceVersion: Invalid value: 0: must be specified for an update`,
      {
        name: info.name,
        group: type.group,
        kind: type.resource.kind,
        causes: [{
          reason: "FieldValueInvalid",
          message: "Invalid value: 0: must be specified for an update",
          field: "metadata.resourceVersion",
        }],
      },
    );
  }
  return written(objects.update(target, () => body, optionsOf(call)), rendering);
}

export async function handlePatch(call: Call): Promise<Response> {
  const { objects, info, request, type } = call;
  const rendering = renderingOf(call);
  const media = mediaType(request);
  if (!patchTypes.includes(media) || (type.resource.custom && media === patchTypes[2])) {
    const supported = type.resource.custom ? patchTypes.filter((each) => each !== patchTypes[2]) : patchTypes;
    throw unsupportedMediaType(media, supported);
  }
  const text = await readText(request);
  const patch = media === "application/apply-patch+yaml" ? parseYaml(text) : parseBody(text);
  const target = targetOf(call);
  if (media === "application/apply-patch+yaml") {
    if (!isMap(patch)) throw badRequest("error decoding YAML: an applied configuration is a map");
    if (info.query.get("fieldManager") === null) {
      throw badRequest(
        'PatchOptions.meta.k8s.io "" is invalid: fieldManager: Required value: is required for apply patch',
      );
    }
    const force = info.query.get("force") === "true";
    return written(objects.apply(target, patch, { ...optionsOf(call), force }), rendering);
  }
  if (info.query.has("force")) {
    throw badRequest(
      'PatchOptions.meta.k8s.io "" is invalid: force: Forbidden: may not be specified for non-apply patch',
    );
  }
  const patched = (current: JsonMap): JsonMap => {
    const result = applyPatch(type, media, current, patch);
    if (!isMap(result)) throw badRequest("the patch does not leave an object");
    return result;
  };
  if (info.subresource === "scale") return scaled(call, (scale) => patched(scale), rendering);
  return written(
    objects.update(target, (current) => patched(current as unknown as JsonMap), optionsOf(call)),
    rendering,
  );
}

function applyPatch(type: ResourceVersion, media: string, current: JsonMap, patch: Json | undefined): Json {
  switch (media) {
    case "application/json-patch+json":
      return jsonPatch(current, patch);
    case "application/merge-patch+json":
      if (!isMap(patch)) throw badRequest("error decoding patch: a merge patch is a map");
      return mergePatch(current, patch);
    default:
      if (!isMap(patch)) throw badRequest("error decoding patch: a strategic merge patch is a map");
      return strategicPatch(type.schema, current, patch);
  }
}

function scaled(call: Call, change: (scale: JsonMap) => JsonMap, rendering: Rendering): Response {
  const { objects, type } = call;
  const target = { ...targetOf(call), subresource: "" };
  const result = objects.update(
    target,
    (current) => withScale(type.scale!, current, change(scaleOf(type, current))),
    optionsOf(call),
  );
  return answer(200, stringifyJson(scaleOf(type, result.object)), rendering);
}

export async function handleDelete(call: Call): Promise<Response> {
  const { objects, info, request, type } = call;
  if (info.subresource !== "") throw methodNotAllowed();
  const rendering = renderingOf(call);
  const options = readDeleteOptions(await readObject(request), info.query);
  const target = targetOf(call);
  const { object, gone } = deleteObject(objects, target, options);
  if (!gone || strategyOf(type.resource).returnsDeleted === true) {
    const shown = type.resource.convert(object as never, type) as unknown as KubeObject;
    return answer(200, renderObject(shown, rendering), rendering);
  }
  const { plural } = namedOf(type);
  const details = {
    name: info.name,
    ...(type.group === "" ? {} : { group: type.group }),
    kind: plural,
    uid: object.metadata.uid!,
  };
  return answer(
    200,
    stringifyJson({ kind: "Status", apiVersion: "v1", metadata: {}, status: "Success", details }),
    rendering,
  );
}

export async function handleDeleteCollection(call: Call): Promise<Response> {
  const { objects, info, request, type } = call;
  const rendering = renderingOf(call);
  const options = readDeleteOptions(await readObject(request), info.query);
  const page = listPage(objects.collection(type), namespaceOf(call), info.query, matcherOf(call));
  for (const { metadata } of page.items) {
    const target = { type, namespace: metadata.namespace ?? "", name: metadata.name };
    try {
      deleteObject(objects, target, options);
    } catch (error) {
      if (!(error instanceof ApiFault) || error.code !== 404) throw error;
    }
  }
  return answer(200, renderList(page.items, page.metadata, rendering), rendering);
}

function targetOf({ info, type }: Call): Target {
  return {
    type,
    namespace: type.resource.namespaced ? info.namespace : "",
    name: info.name,
    subresource: info.subresource,
  };
}

function optionsOf({ info, request, type }: Call): WriteOptions {
  const dryRun = info.query.getAll("dryRun");
  if (dryRun.some((value) => value !== "All")) {
    throw badRequest(`Invalid value: ${JSON.stringify(dryRun)}: dryRun must be "All"`);
  }
  const validation = info.query.get("fieldValidation") ?? "Warn";
  if (!["Strict", "Warn", "Ignore", ""].includes(validation)) {
    throw badRequest(
      `fieldValidation: Unsupported value: ${JSON.stringify(validation)}: supported values: "Ignore", "Strict", "Warn"`,
    );
  }
  void type;
  return {
    manager: managerOf(info.query.get("fieldManager"), request.headers.get("user-agent")),
    dryRun: dryRun.length > 0,
    fieldValidation: validation === "" ? "Warn" : validation as FieldValidation,
  };
}

/** The field manager of a write: what the query says, else the first part of the user agent (`managerOrUserAgent`). */
function managerOf(manager: string | null, userAgent: string | null): string {
  if (manager !== null && manager !== "") {
    if (manager.length > 128) throw badRequest("fieldManager: Too long: may not be more than 128 bytes");
    return manager;
  }
  return (userAgent ?? "").split("/")[0]!.slice(0, 128) || "unknown";
}

function written(result: Written, rendering: Rendering): Response {
  const response = answer(result.created ? 201 : 200, renderObject(result.object, rendering), rendering);
  for (const warning of result.warnings) response.headers.append("warning", `299 - ${JSON.stringify(warning)}`);
  return response;
}

/** A response with a body of JSON, or of YAML when that was asked for. */
export function answer(status: number, json: string, rendering?: Rendering): Response {
  const yaml = rendering?.wanted.yaml === true;
  return new Response(yaml ? toYaml(json) : json, {
    status,
    headers: { "content-type": yaml ? "application/yaml" : "application/json", "cache-control": "no-cache, private" },
  });
}
