import type { JsonMap } from "../base/json.ts";
import { mapAt, numberAt, present, textAt } from "./read.ts";
import { EntryError } from "./shorthand.ts";

/** The times of a probe that says nothing of its own. */
const standard = {
  initialDelaySeconds: 15,
  periodSeconds: 20,
  failureThreshold: 3,
  successThreshold: 1,
  timeoutSeconds: 10,
} as const;

/** The probes of a container that listens on `containerPort`. */
export function probes(fields: JsonMap, containerPort: number | undefined): JsonMap {
  const declared = mapAt(fields, "probes");
  return present({
    startupProbe: probe(declared, "startup", containerPort),
    livenessProbe: probe(declared, "liveness", containerPort),
    readinessProbe: probe(declared, "readiness", containerPort),
  });
}

function probe(declared: JsonMap | undefined, name: string, containerPort: number | undefined): JsonMap | undefined {
  const fields = mapAt(declared, name);
  if (fields === undefined) return undefined;
  const path = textAt(fields, "path");
  const tcp = textAt(fields, "type") === "tcp";
  if (tcp && path !== undefined) {
    throw new EntryError(`probes.${name}.path`, "Cannot use path in a tcp probe: only http probes have one");
  }
  const port = numberAt(fields, "port") ?? containerPort;
  if (port === undefined) {
    throw new EntryError(
      `probes.${name}.port`,
      "Cannot determine which port to probe: give one here, or the port of the container",
    );
  }
  const times: JsonMap = {};
  for (const [key, fallback] of Object.entries(standard)) {
    const seconds = numberAt(fields, key) ?? fallback;
    // Kubernetes does not store a zero here: sent, it would look like a field that another writer removed.
    if (seconds !== 0) times[key] = seconds;
  }
  return { ...(tcp ? { tcpSocket: { port } } : { httpGet: present({ path, port }) }), ...times };
}
