import type { Json, JsonMap } from "../base/json.ts";
import { isDnsLabel } from "../k8s/names.ts";
import { environment, wholeSources } from "./environment.ts";
import { probes } from "./probes.ts";
import { flagAt, listAt, mapAt, mapsAt, numberAt, present, textAt } from "./read.ts";
import { EntryError, type ExpandContext, type RenderedEntry } from "./shorthand.ts";
import { podLabels } from "./stamp.ts";

export interface PodOptions {
  readonly restartPolicy?: "OnFailure";
  /** Volumes that the workload brings itself, and where they are mounted. */
  readonly claimed?: readonly { readonly name: string; readonly mountPath: string }[];
}

/** The Pod template of a workload: one container, named like the child, and the child's labels. */
export function podTemplate(entry: RenderedEntry, context: ExpandContext, options: PodOptions = {}): JsonMap {
  const { fields } = entry;
  return {
    metadata: { labels: podLabels(entry, context) },
    spec: present({
      containers: [container(entry, options.claimed ?? [])],
      restartPolicy: options.restartPolicy,
      serviceAccountName: textAt(fields, "serviceAccountName"),
      imagePullSecrets: [...new Set(listAt(fields, "imagePullSecrets"))].map((name) => ({ name })),
      nodeSelector: mapAt(fields, "nodeSelector"),
      securityContext: mapAt(fields, "podSecurity"),
      volumes: volumes(fields),
    }),
  };
}

function container(entry: RenderedEntry, claimed: NonNullable<PodOptions["claimed"]>): JsonMap {
  const { fields } = entry;
  const declaredPort = numberAt(fields, "port");
  const port = declaredPort === 0 ? undefined : declaredPort;
  return {
    ...present({
      name: containerName(entry.name),
      image: textAt(fields, "image"),
      command: [...listAt(fields, "command")],
      args: [...listAt(fields, "args")],
      workingDir: textAt(fields, "workingDirectory"),
      ports: port === undefined ? [] : [{ containerPort: port, protocol: textAt(fields, "protocol") ?? "TCP" }],
      env: environment(fields),
      envFrom: wholeSources(fields),
      resources: resourcesOf(fields),
      securityContext: mapAt(fields, "securityContext"),
      volumeMounts: volumeMounts(fields, claimed),
    }),
    ...probes(fields, port),
  };
}

/** One template may stand for the whole map; the names of profiles are read before. */
function resourcesOf(fields: JsonMap): JsonMap | undefined {
  const resources = mapAt(fields, "resources");
  if (textAt(resources, "profile") === undefined) return resources;
  throw new EntryError(
    "resources.profile",
    "Cannot use a profile that comes with the whole map: write profile and its template out",
  );
}

/** A container's name is a DNS label; a child's name may be longer and have dots. */
export function containerName(childName: string): string {
  if (isDnsLabel(childName)) return childName;
  return childName.replaceAll(".", "-").slice(0, 63).replace(/-+$/, "");
}

function volumes(fields: JsonMap): Json[] {
  const seen = new Set<string>();
  return mapsAt(fields, "volumes").map((volume, index) => {
    const name = textAt(volume, "name")!;
    if (seen.has(name)) throw new EntryError(`volumes[${index}].name`, `Cannot declare the volume ${name} twice`);
    seen.add(name);
    const secret = mapAt(volume, "secret");
    const claim = mapAt(volume, "persistentVolumeClaim");
    return {
      ...volume,
      ...(secret === undefined ? {} : { secret: { secretName: textAt(secret, "name")! } }),
      ...(claim === undefined ? {} : {
        persistentVolumeClaim: present({ claimName: textAt(claim, "claimName"), readOnly: onlyTrue(claim) }),
      }),
    };
  });
}

function volumeMounts(fields: JsonMap, claimed: NonNullable<PodOptions["claimed"]>): Json[] {
  const declared = new Set([...mapsAt(fields, "volumes"), ...claimed].map((volume) => textAt(volume, "name")));
  const paths = new Set<string>();
  claimed.forEach(({ mountPath }, index) => {
    if (paths.has(mountPath)) {
      throw new EntryError(`volumeClaimTemplates[${index}].mountPath`, `Cannot mount two volumes at ${mountPath}`);
    }
    paths.add(mountPath);
  });
  const own = mapsAt(fields, "volumeMounts").map((mount, index) => {
    const name = textAt(mount, "name")!;
    const mountPath = textAt(mount, "mountPath")!;
    if (!declared.has(name)) {
      throw new EntryError(
        `volumeMounts[${index}].name`,
        `Cannot mount the volume ${name}: it is not declared in volumes`,
      );
    }
    if (paths.has(mountPath)) {
      throw new EntryError(`volumeMounts[${index}].mountPath`, `Cannot mount two volumes at ${mountPath}`);
    }
    paths.add(mountPath);
    return present({ name, mountPath, subPath: textAt(mount, "subPath"), readOnly: onlyTrue(mount) });
  });
  return [...claimed.map(({ name, mountPath }) => ({ name, mountPath })), ...own];
}

/** Kubernetes does not store `readOnly: false`: sent, it would look like a field that another writer removed. */
function onlyTrue(fields: JsonMap): true | undefined {
  return flagAt(fields, "readOnly") === true ? true : undefined;
}
