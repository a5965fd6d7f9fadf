import { shortenMiddleBytes } from "../base/shorten.ts";
import type { KubeObject, ResourceType } from "../k8s/object.ts";

/** The content of an Event. */
export interface EventText {
  /** The object, or as much of it as identifies it. */
  readonly regarding: {
    readonly apiVersion: string;
    readonly kind: string;
    readonly metadata: {
      readonly name: string;
      readonly namespace?: string;
      readonly uid?: string;
      readonly resourceVersion?: string;
    };
  };
  readonly type: "Normal" | "Warning";
  /** CamelCase, for machines; at most 128 characters. */
  readonly reason: string;
  /** For people; beyond 1,024 bytes it loses its middle. */
  readonly message: string;
  /** What was being done; `Reconcile` unless given. At most 128 characters. */
  readonly action?: string;
}

/** `events.k8s.io/v1` Event. */
export const eventType: ResourceType = {
  group: "events.k8s.io",
  version: "v1",
  kind: "Event",
  plural: "events",
  namespaced: true,
};

/** Limits of kube-apiserver (pkg/apis/core/validation/events.go). */
const maxNoteBytes = 1024; // bytes
const maxWordLength = 128;
const maxNameLength = 253;

/** Builds an Event. `suffix` makes its name unique: lower-case letters and digits. */
export function eventBody(
  text: EventText,
  from: { controller: string; instance: string; wallMs: number; suffix: string },
): KubeObject {
  const { apiVersion, kind, metadata } = text.regarding;
  const { name, namespace, uid, resourceVersion } = metadata;
  return {
    apiVersion: "events.k8s.io/v1",
    kind: "Event",
    metadata: { name: eventName(name, from.suffix), namespace: namespace ?? "default" },
    eventTime: microTime(from.wallMs),
    type: text.type,
    reason: text.reason.slice(0, maxWordLength),
    action: (text.action ?? "Reconcile").slice(0, maxWordLength),
    note: shortenMiddleBytes(text.message, maxNoteBytes),
    reportingController: from.controller,
    reportingInstance: from.instance.slice(0, maxWordLength),
    regarding: {
      apiVersion,
      kind,
      name,
      ...(namespace === undefined ? {} : { namespace }),
      ...(uid === undefined ? {} : { uid }),
      ...(resourceVersion === undefined ? {} : { resourceVersion }),
    },
  };
}

/** RFC 3339 with microseconds (`metav1.MicroTime`). */
export function microTime(wallMs: number): string {
  return new Date(wallMs).toISOString().replace("Z", "000Z");
}

/** A DNS subdomain that begins like the object's name; names such as `system:node` are none. */
function eventName(name: string, suffix: string): string {
  const stem = name.toLowerCase().replace(/[^a-z0-9.-]+/g, "-").slice(0, maxNameLength - 1 - suffix.length);
  const trimmed = stem.replace(/^[^a-z0-9]+|[^a-z0-9]+$/g, "");
  return trimmed === "" ? `event.${suffix}` : `${trimmed}.${suffix}`;
}
