import type { ProtectionRequest } from "../../src/admission/protect.ts";
import type { ProtectionConfiguration } from "../../src/plan/mod.ts";
import { evaluateCel } from "./cel.ts";

interface Webhook {
  readonly name: string;
  readonly rules: readonly {
    readonly apiGroups: readonly string[];
    readonly operations: readonly string[];
    readonly resources: readonly string[];
  }[];
  readonly objectSelector?: { readonly matchLabels: Readonly<Record<string, string>> };
  readonly namespaceSelector?: { readonly matchLabels: Readonly<Record<string, string>> };
  readonly matchConditions: readonly { readonly name: string; readonly expression: string }[];
}

/** The webhooks that the API server calls for a request; throws where a condition cannot be evaluated. */
export function webhooksCalled(
  configurations: readonly ProtectionConfiguration[],
  request: ProtectionRequest,
): { readonly name: string; readonly path: ProtectionConfiguration["path"] }[] {
  return configurations.flatMap(({ path, object }) =>
    (object.webhooks as unknown as Webhook[]).filter((webhook) => isCalled(webhook, request))
      .map(({ name }) => ({ name, path }))
  );
}

function isCalled(webhook: Webhook, request: ProtectionRequest): boolean {
  const { group, resource } = request.resource;
  const whole = (request.subResource ?? "") === "" ? resource : `${resource}/${request.subResource}`;
  const isRuled = webhook.rules.some(({ apiGroups, operations, resources }) =>
    apiGroups.includes(group) && operations.includes(request.operation) && resources.includes(whole)
  );
  if (!isRuled) return false;
  const { objectSelector, namespaceSelector } = webhook;
  if (objectSelector !== undefined) {
    const labelled = [request.object, request.oldObject].some((object) => {
      const labels = (object as { metadata?: { labels?: Record<string, string> } } | null | undefined)?.metadata
        ?.labels;
      return Object.entries(objectSelector.matchLabels).every(([key, value]) => labels?.[key] === value);
    });
    if (!labelled) return false;
  }
  const namespace = (request.namespace ?? "") === "" ? undefined : request.namespace;
  const selected = namespaceSelector?.matchLabels["kubernetes.io/metadata.name"];
  if (selected !== undefined && namespace !== undefined && namespace !== selected) return false;
  const { object, oldObject } = request;
  const variables = { request: asSent(request), object: object ?? null, oldObject: oldObject ?? null };
  return webhook.matchConditions.map(({ expression }) => evaluateCel(expression, variables) === true).every(Boolean);
}

/** `omitempty`: what is empty is absent. */
function asSent(request: ProtectionRequest): Record<string, unknown> {
  const { operation, resource, subResource, name, namespace, userInfo } = request;
  const all = { operation, resource, subResource, name, namespace, userInfo: without(userInfo ?? {}) };
  return without(all);
}

function without(map: object): Record<string, unknown> {
  return Object.fromEntries(Object.entries(map).filter(([, value]) => value !== undefined && value !== ""));
}
