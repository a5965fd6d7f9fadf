import type { Clock } from "../../base/clock.ts";
import { isMap, type Json, type JsonMap, stringifyJson } from "../../base/json.ts";
import { type KubeObject, splitApiVersion } from "../../k8s/object.ts";
import { ApiFault } from "../faults.ts";
import type { ResourceVersion } from "../resource.ts";
import { callWebhook, WebhookCallError } from "./call.ts";
import type { WebhookPorts } from "./port.ts";

/** How long a webhook may take for one review (`defaultRequestTimeout` of the API server's client). */
const timeoutMs = 30_000;
const maxResponseBytes = 64 * 1024 * 1024;

/** Has the webhooks of definitions convert objects (`apiserver/conversion/webhook_converter.go`). */
export class Conversions {
  readonly #ports: WebhookPorts;
  readonly #clock: Clock;

  constructor(ports: WebhookPorts, clock: Clock) {
    this.#ports = ports;
    this.#clock = clock;
  }

  /** Returns the objects at `to`, in the same order. Rejects with `ApiFault` 500. */
  async convert(objects: readonly KubeObject[], to: ResourceVersion): Promise<KubeObject[]> {
    if (objects.length === 0) return [];
    const request: JsonMap = {
      uid: crypto.randomUUID(),
      desiredAPIVersion: to.apiVersion,
      objects: objects as unknown as Json,
    };
    const body = stringifyJson({ apiVersion: "apiextensions.k8s.io/v1", kind: "ConversionReview", request });
    const { group, version } = splitApiVersion(objects[0]!.apiVersion);
    const webhook = `conversion webhook for ${group}/${version}, Kind=${to.resource.kind}`;
    const clientConfig = to.resource.conversion!.webhook["clientConfig"] ?? null;
    let reply: Json;
    try {
      reply = await callWebhook(this.#ports, this.#clock, { clientConfig, body, timeoutMs, maxResponseBytes });
    } catch (error) {
      if (!(error instanceof WebhookCallError)) throw error;
      throw failed(`${webhook} failed: ${error.message.replace(/^failed to call webhook: /, "")}`);
    }
    const made = readObjects(reply, request["uid"]!, webhook);
    if (made.length !== objects.length) {
      throw failed(`${webhook} returned ${made.length} objects, expected ${objects.length}`);
    }
    return made.map((object, i) => checked(object, objects[i]!, to, `${webhook} returned invalid object`));
  }
}

/** The error of a conversion, which the API server gives no reason; what it reads from etcd has more words before it. */
function failed(message: string): ApiFault {
  return new ApiFault(500, "", message);
}

function readObjects(reply: Json, uid: Json, webhook: string): Json[] {
  const response = isMap(reply) && reply["kind"] === "ConversionReview" ? reply["response"] : undefined;
  if (!isMap(response)) throw failed(`${webhook} failed: the response is no ConversionReview`);
  if (response["uid"] !== uid) {
    const found = JSON.stringify(response["uid"] ?? "");
    throw failed(`${webhook} failed: expected response.uid=${JSON.stringify(uid)}, got ${found}`);
  }
  const { status = "", message = "" } = isMap(response["result"]) ? response["result"] : {};
  if (status !== "Success") {
    const why = message === "" ? `response.result.status was '${String(status)}', not 'Success'` : String(message);
    throw failed(`${webhook} failed: ${why}`);
  }
  const objects = response["convertedObjects"];
  return Array.isArray(objects) ? objects : [];
}

/** A converted object, whose metadata differs from the original one in labels and annotations alone. */
function checked(object: Json, original: KubeObject, to: ResourceVersion, invalid: string): KubeObject {
  if (!isMap(object)) throw failed(`${invalid}: it is no object`);
  const { apiVersion, kind, metadata } = object;
  if (apiVersion !== to.apiVersion) {
    throw failed(`${invalid}: invalid apiVersion: ${String(apiVersion)}, expected ${to.apiVersion}`);
  }
  if (kind !== original.kind) throw failed(`${invalid}: invalid kind: ${String(kind)}, expected ${original.kind}`);
  if (!isMap(metadata)) throw failed(`${invalid}: metadata is no map`);
  for (const key of ["name", "namespace", "uid"] as const) {
    if ((metadata[key] ?? "") !== (original.metadata[key] ?? "")) {
      throw failed(
        `${invalid}: must have the same ${key}: ${original.metadata[key] ?? ""} != ${String(metadata[key])}`,
      );
    }
  }
  const kept = { ...original.metadata } as unknown as JsonMap;
  for (const key of ["labels", "annotations"]) {
    const map = metadata[key];
    if (map === undefined || map === null) delete kept[key];
    else if (isMap(map) && Object.values(map).every((value) => typeof value === "string")) kept[key] = map;
    else throw failed(`${invalid}: metadata.${key} is no map of strings`);
  }
  return { ...object, metadata: kept } as unknown as KubeObject;
}
