import { encodeBase64 } from "../../base/base64.ts";
import { canonicalJson, equalJson, isMap, type Json, type JsonMap, ownValue } from "../../base/json.ts";
import { sha256Hex } from "../../base/sha256.ts";
import { webhookPort } from "../../k8s/installation.ts";
import type { KubeObject } from "../../k8s/object.ts";
import { builtInType } from "../../k8s/resource_types.ts";
import { covers, type Registration, type RegistrationStep } from "./registration.ts";

/** Where the API server finds the Gateway. */
export type WebhookAddress =
  | { readonly kind: "service"; readonly name: string; readonly namespace: string }
  /** `https://HOST:PORT`, outside a cluster. */
  | { readonly kind: "url"; readonly url: string };

/** A webhook as in Kubernetes' API, with the `path` of the Gateway in place of `clientConfig`. */
export type Webhook = JsonMap & { readonly name: string; readonly path: string };

export interface WebhookConfiguration {
  readonly kind: "ValidatingWebhookConfiguration" | "MutatingWebhookConfiguration";
  readonly name: string;
  /** None: the object must not exist. */
  readonly webhooks: readonly Webhook[];
  /** The Service that the API server calls; absent: that of the Gateway. */
  readonly service?: string | undefined;
  readonly cleanupOnShutdown: boolean;
}

/** What a Gateway is, among those of one installation. */
export interface Registrar {
  /** Of the installation. */
  readonly namespace: string;
  readonly address: WebhookAddress;
  /** When this process started, in ms since 1970. */
  readonly startedMs: number;
  /** Now, in ms since 1970. */
  readonly wallMs: () => number;
}

/** Labels of everything that the Gateway of an installation registers. */
function registeredLabels(namespace: string): Record<string, string> {
  return {
    "app.kubernetes.io/name": "orkestra",
    "app.kubernetes.io/instance": namespace,
    "app.kubernetes.io/component": "gateway",
    "app.kubernetes.io/managed-by": "orkestra",
  };
}

const annotation = {
  /** Digest of the rules: replicas of one Katalog write the same. */
  rules: "orkestra.orkspace.io/rules",
  /** When the process that wrote them started (RFC 3339). */
  registered: "orkestra.orkspace.io/registered",
};

/** A start that is further ahead than clocks of replicas differ is nobody's. */
const skewMs = 5 * 60_000;

/** Keeps a webhook configuration as the Katalog wants it. */
export function webhookRegistration(wanted: WebhookConfiguration, registrar: Registrar): Registration {
  const { kind, name, cleanupOnShutdown } = wanted;
  const rules = sha256Hex(canonicalJson(wanted.webhooks as unknown as Json)).slice(0, 16);
  const address = registrar.address.kind === "service" && wanted.service !== undefined
    ? { ...registrar.address, name: wanted.service }
    : registrar.address;
  const registered = new Date(registrar.startedMs).toISOString();
  return {
    type: builtInType(kind)!,
    name,
    cleanupOnShutdown,
    decide(observed, caBundle): RegistrationStep {
      if (wanted.webhooks.length === 0) {
        return observed === undefined ? { do: "nothing" } : removal(observed, registrar);
      }
      const body: JsonMap = {
        metadata: { labels: registeredLabels(registrar.namespace), annotations: { [annotation.rules]: rules } },
        webhooks: wanted.webhooks.map((webhook) => withClient(webhook, address, caBundle)),
      };
      if (observed !== undefined) {
        if (covers(observed as unknown as Json, body) && narrowsAlike(observed, body)) return { do: "nothing" };
        if (observed.metadata.annotations?.[annotation.rules] !== rules && isOfLater(observed, registrar)) {
          return { do: "nothing", why: "a Gateway that was started later registers other rules" };
        }
      }
      const metadata = body["metadata"] as JsonMap;
      metadata["annotations"] = { [annotation.rules]: rules, [annotation.registered]: registered };
      if (observed === undefined) {
        const object = {
          apiVersion: "admissionregistration.k8s.io/v1",
          kind,
          ...body,
          metadata: { ...metadata, name },
        };
        return { do: "create", object: object as unknown as KubeObject };
      }
      metadata["resourceVersion"] = observed.metadata.resourceVersion!;
      return { do: "patch", patch: body };
    },
  };
}

/** Only what a Gateway has registered is removed. */
function removal(observed: KubeObject, registrar: Registrar): RegistrationStep {
  if (observed.metadata.annotations?.[annotation.rules] === undefined) {
    return { do: "nothing", why: "it was not made by a Gateway" };
  }
  if (isOfLater(observed, registrar)) return { do: "nothing", why: "a Gateway that was started later registers it" };
  return { do: "delete" };
}

/** During a rollout two Katalogs are served: the one whose Gateway was started last is the one to come. */
function isOfLater({ metadata }: KubeObject, { startedMs, wallMs }: Registrar): boolean {
  const otherMs = Date.parse(metadata.annotations?.[annotation.registered] ?? "");
  return otherMs > startedMs && otherMs <= wallMs() + skewMs;
}

/** What the API server makes of selectors that are left out: everything is selected. */
const unselective = { namespaceSelector: {}, objectSelector: {} };

function withClient({ path, ...webhook }: Webhook, address: WebhookAddress, caBundle: string): JsonMap {
  return { ...unselective, ...webhook, clientConfig: clientConfig(path, address, caBundle) };
}

/**
 * Where a key more says something else: a selector that selects less, or the CA of somebody else where none is wanted.
 * Of the rest of a webhook, the keys that are wanted decide (`covers`).
 */
function narrowsAlike(observed: KubeObject, body: JsonMap): boolean {
  const [found, wanted] = [observed["webhooks"], body["webhooks"]] as [Json, JsonMap[]];
  return Array.isArray(found) && wanted.every((webhook, index) => {
    const other = found[index];
    return isMap(other) &&
      ["namespaceSelector", "objectSelector", "clientConfig"].every((key) =>
        equalJson(ownValue(other, key), webhook[key])
      );
  });
}

/** `clientConfig` of a webhook, and of the conversion of a CRD. */
export function clientConfig(path: string, address: WebhookAddress, caBundle: string): JsonMap {
  // Without one the API server verifies with the roots of its system.
  const bundle: JsonMap = caBundle === "" ? {} : { caBundle: encodeBase64(new TextEncoder().encode(caBundle)) };
  if (address.kind === "url") return { ...bundle, url: `${address.url}${path}` };
  const { name, namespace } = address;
  return { ...bundle, service: { name, namespace, path, port: webhookPort } };
}
