import type { Clock } from "../../base/clock.ts";
import { isMap, type Json, type JsonMap, stringifyJson } from "../../base/json.ts";
import { mergePatch } from "../../base/merge_patch.ts";
import type { FieldValidation } from "../codec.ts";
import { readAt } from "../conversion.ts";
import { deleting, readDeleteOptions } from "../deletion.ts";
import { ApiFault, badRequest, invalid, invalidOptions, methodNotAllowed, unsupportedMediaType } from "../faults.ts";
import { forbiddenField, invalidField, notSupported, required, tooLong } from "../kinds/fields.ts";
import { metadataOf } from "../meta.ts";
import { namedOf, type Objects, type Target, type WriteOptions, type Written } from "../objects.ts";
import { jsonPatch } from "../patch/json_patch.ts";
import { strategicPatch } from "../patch/strategic_patch.ts";
import { strategyOf } from "../kinds/strategy.ts";
import type { ResourceVersion } from "../resource.ts";
import type { Steps } from "../steps.ts";
import { builtInSchema, deleteOptionsSchema } from "../schema/builtin.ts";
import { parseFieldSelector } from "../field_selector.ts";
import { parseLabelSelector } from "../label_selector.ts";
import { mediaType, parseBody, parseYaml, readObject, readText, type WireSchemas } from "./body.ts";
import { listPage, type Matcher } from "./list.ts";
import { verbsOf } from "./discovery.ts";
import { negotiate } from "./negotiate.ts";
import { type Rendering, renderList, renderObject, toYaml } from "./render.ts";
import type { ResourceRequest } from "./request.ts";
import { scaleOf, withScale } from "../scale.ts";
import type { Warnings } from "./warnings.ts";

export type { Matcher } from "./list.ts";

/** What a handler works with. */
export interface Call {
  readonly objects: Objects;
  readonly clock: Clock;
  readonly request: Request;
  readonly info: ResourceRequest;
  readonly type: ResourceVersion;
  /** Texts for `Warning` headers of the response, whatever it will be. */
  readonly warnings: Warnings;
  /** Carries out a write, and has webhooks review it. */
  readonly carryOut: <T>(steps: Steps<T>) => Promise<T>;
}

/** The longest name of a field manager (`FieldManagerMaxLength`). */
const maxManagerLength = 128;

const patchTypes = [
  "application/json-patch+json",
  "application/merge-patch+json",
  "application/strategic-merge-patch+json",
  "application/apply-patch+yaml",
];

/** The requested form of the response. Throws `ApiFault` 406. */
export function renderingOf({ request, info, type, clock }: Call): Rendering {
  return {
    type,
    wanted: negotiate(request),
    includeObject: info.query.get("includeObject") ?? "Metadata",
    nowMs: clock.wallMs(),
  };
}

/** Both selectors of a query as one test; `undefined` when there is no selector. */
export function matcherOf({ info, type }: Call): Matcher | undefined {
  const labels = parseLabelSelector(info.query.get("labelSelector"));
  const fields = parseFieldSelector(info.query.get("fieldSelector"), type);
  if (labels === undefined || fields === undefined) return labels ?? fields;
  return (object) => labels(object) && fields(object);
}

/** The namespace of a list: `undefined` for all of them. */
export function namespaceOf({ info, type }: Call): string | undefined {
  return type.resource.namespaced && info.namespace !== "" ? info.namespace : undefined;
}

export async function handleList(call: Call): Promise<Response> {
  const { objects, type, info } = call;
  const rendering = renderingOf(call);
  const page = listPage(objects.collection(type), namespaceOf(call), info.query, matcherOf(call));
  const items = await call.carryOut(readAt(type, page.items));
  return jsonResponse(200, renderList(items, page.metadata, rendering), rendering);
}

export async function handleGet(call: Call): Promise<Response> {
  const rendering = renderingOf(call);
  const object = await call.carryOut(call.objects.reading(targetOf(call)));
  if (call.info.subresource === "scale") return jsonResponse(200, stringifyJson(scaleOf(call.type, object)), rendering);
  return jsonResponse(200, renderObject(object, rendering), rendering);
}

export async function handleCreate(call: Call): Promise<Response> {
  const { objects, info } = call;
  if (info.name !== "" || info.subresource !== "") throw methodNotAllowed();
  const rendering = renderingOf(call);
  const body = await readObject(call.request, wireSchemas(call));
  if (body === undefined) throw badRequest("the body of the request is empty");
  return written(await call.carryOut(objects.creating(targetOf(call), body, optionsOf(call))), rendering);
}

export async function handleUpdate(call: Call): Promise<Response> {
  const { objects, info, type } = call;
  const rendering = renderingOf(call);
  const body = await readObject(call.request, wireSchemas(call));
  if (body === undefined) throw badRequest("the body of the request is empty");
  const target = targetOf(call);
  if (info.subresource === "scale") return scaled(call, () => body, rendering);
  const metadata = metadataOf(body);
  if ((metadata["name"] ?? "") === "") {
    throw badRequest(`the name of the object (${info.name} based on URL) was undeterminable: name must be provided`);
  }
  const strategy = strategyOf(type.resource);
  const main = info.subresource === "";
  if (main && strategy.createsOnPut === true && !objects.has(target)) {
    return written(await call.carryOut(objects.creating(target, body, optionsOf(call))), rendering);
  }
  if (strategy.versionedPut === true && (metadata["resourceVersion"] ?? "") === "") {
    objects.current(target);
    const why = invalidField("metadata.resourceVersion", 0, "must be specified for an update");
    throw invalid({ ...namedOf(type), kind: type.resource.plural }, info.name, [why]);
  }
  return written(await call.carryOut(objects.replacing(target, body, optionsOf(call))), rendering);
}

export async function handlePatch(call: Call): Promise<Response> {
  const { objects, info, request, type } = call;
  const rendering = renderingOf(call);
  const media = mediaType(request);
  if (!patchTypes.includes(media) || (type.resource.custom && media === patchTypes[2])) {
    if (!type.resource.custom) throw new ApiFault(415, "UnsupportedMediaType", "415: Unsupported Media Type", {});
    throw unsupportedMediaType(patchTypes.filter((each) => each !== patchTypes[2]));
  }
  const text = await readText(request);
  const patch = media === "application/apply-patch+yaml" ? parseYaml(text) : parseBody(text);
  const target = targetOf(call);
  if (media === "application/apply-patch+yaml") {
    if (!isMap(patch)) throw badRequest("error decoding YAML: an applied configuration is a map");
    if ((info.query.get("fieldManager") ?? "") === "") {
      throw invalidOptions("PatchOptions", required("fieldManager", "is required for apply patch"));
    }
    const force = info.query.get("force") === "true";
    return written(await call.carryOut(objects.applying(target, patch, { ...optionsOf(call), force })), rendering);
  }
  if (info.query.has("force")) {
    throw invalidOptions("PatchOptions", forbiddenField("force", "may not be specified for non-apply patch"));
  }
  const patched = (current: JsonMap): JsonMap => {
    const result = applyPatch(type, media, current, patch);
    if (!isMap(result)) throw badRequest("the patch does not leave an object");
    return result;
  };
  if (info.subresource === "scale") return scaled(call, (scale) => patched(scale), rendering);
  const steps = objects.updating(target, (current) => patched(current as unknown as JsonMap), optionsOf(call));
  return written(await call.carryOut(steps), rendering);
}

function applyPatch(type: ResourceVersion, media: string, current: JsonMap, patch: Json | undefined): Json {
  switch (media) {
    case "application/json-patch+json":
      return jsonPatch(current, patch);
    case "application/merge-patch+json":
      if (!isMap(patch)) {
        throw badRequest(
          "error decoding patch: json: cannot unmarshal array into Go value of type map[string]interface {}",
        );
      }
      return mergePatch(current, patch);
    default:
      if (!isMap(patch)) throw badRequest("error decoding patch: a strategic merge patch is a map");
      return strategicPatch(type.schema, current, patch);
  }
}

async function scaled(call: Call, change: (scale: JsonMap) => JsonMap, rendering: Rendering): Promise<Response> {
  const { objects, type } = call;
  const target = { ...targetOf(call), subresource: "" };
  const result = await call.carryOut(objects.updating(
    { ...target, through: "scale" },
    (current) => withScale(type, current, change(scaleOf(type, current))),
    optionsOf(call),
  ));
  return jsonResponse(200, stringifyJson(scaleOf(type, result.object)), rendering);
}

export async function handleDelete(call: Call): Promise<Response> {
  const { objects, info, request, type } = call;
  if (info.subresource !== "") throw methodNotAllowed();
  const rendering = renderingOf(call);
  const options = readDeleteOptions(await readObject(request, wireSchemas(call)), info.query);
  const target = targetOf(call);
  const { object, gone } = await call.carryOut(deleting(objects, target, options));
  if (!gone || strategyOf(type.resource).returnsDeleted === true) {
    const [shown] = await call.carryOut(readAt(type, [object]));
    return jsonResponse(200, renderObject(shown!, rendering), rendering);
  }
  const { plural } = namedOf(type);
  const details = {
    name: info.name,
    ...(type.group === "" ? {} : { group: type.group }),
    kind: plural,
    uid: object.metadata.uid!,
  };
  return jsonResponse(
    200,
    stringifyJson({ kind: "Status", apiVersion: "v1", metadata: {}, status: "Success", details }),
    rendering,
  );
}

export async function handleDeleteCollection(call: Call): Promise<Response> {
  const { objects, info, request, type } = call;
  if (!verbsOf(type.resource).includes("deletecollection")) throw methodNotAllowed();
  const rendering = renderingOf(call);
  const options = readDeleteOptions(await readObject(request, wireSchemas(call)), info.query);
  const page = listPage(objects.collection(type), namespaceOf(call), info.query, matcherOf(call));
  const shown = await call.carryOut(readAt(type, page.items));
  for (const { metadata } of page.items) {
    const target = { type, namespace: metadata.namespace ?? "", name: metadata.name };
    try {
      await call.carryOut(deleting(objects, target, { ...options, ofCollection: true }));
    } catch (error) {
      if (!(error instanceof ApiFault) || error.code !== 404) throw error;
    }
  }
  return jsonResponse(200, renderList(shown, page.metadata, rendering), rendering);
}

/** Bodies of built-in kinds, of Scales and of options may be protobuf, those of custom resources not. */
function wireSchemas({ type, info }: Call): WireSchemas | undefined {
  if (type.resource.custom) return undefined;
  return (apiVersion, kind) => {
    if (kind === "DeleteOptions") return deleteOptionsSchema();
    if (info.subresource === "scale") return builtInSchema("autoscaling", "v1", "Scale");
    return apiVersion === type.apiVersion && kind === type.resource.kind ? type.schema : undefined;
  };
}

function targetOf({ info, type }: Call): Target {
  return {
    type,
    namespace: type.resource.namespaced ? info.namespace : "",
    name: info.name,
    subresource: info.subresource,
  };
}

function optionsOf({ info, request, warnings }: Call): WriteOptions {
  const kind = info.verb === "create" ? "CreateOptions" : info.verb === "update" ? "UpdateOptions" : "PatchOptions";
  const dryRun = info.query.getAll("dryRun").filter((value) => value !== "");
  if (dryRun.some((value) => value !== "All")) throw invalidOptions(kind, notSupported("dryRun", dryRun, ["All"]));
  const validation = info.query.get("fieldValidation") ?? "";
  if (!["Strict", "Warn", "Ignore", ""].includes(validation)) {
    throw invalidOptions(kind, notSupported("fieldValidation", validation, ["", "Ignore", "Strict", "Warn"]));
  }
  const manager = info.query.get("fieldManager") ?? "";
  if (manager.length > maxManagerLength) throw invalidOptions(kind, tooLong("fieldManager", maxManagerLength));
  // Without a name it is the first part of the user agent (`managerOrUserAgent`).
  const agent = (request.headers.get("user-agent") ?? "").split("/")[0]!.slice(0, maxManagerLength);
  return {
    manager: manager !== "" ? manager : agent !== "" ? agent : "unknown",
    dryRun: dryRun.length > 0,
    fieldValidation: validation === "" ? "Warn" : validation as FieldValidation,
    warn: warnings.add,
  };
}

function written(result: Written, rendering: Rendering): Response {
  return jsonResponse(result.created ? 201 : 200, renderObject(result.object, rendering), rendering);
}

/** A response with a JSON body, or YAML when that was requested. */
export function jsonResponse(status: number, json: string, rendering?: Rendering): Response {
  const yaml = rendering?.wanted.yaml === true;
  return new Response(yaml ? toYaml(json) : json, {
    status,
    headers: { "content-type": yaml ? "application/yaml" : "application/json", "cache-control": "no-cache, private" },
  });
}
