import type { Json, JsonMap } from "../../base/json.ts";
import { autoscaleField, replicasOf } from "../autoscale.ts";
import { checkNameLength, child, typeOf } from "../child.ts";
import { commonFields, listOf, record, text } from "../fields.ts";
import { podFields, replicasField, rollingUpdateField, servingFields } from "../pod_fields.ts";
import { podTemplate } from "../pod_template.ts";
import { listAt, mapAt, mapsAt, present, textAt } from "../read.ts";
import { EntryError, type RenderedEntry, type Shorthand } from "../shorthand.ts";
import { workloadSelector } from "../stamp.ts";
import { accessModesField } from "../storage_fields.ts";

const type = typeOf("StatefulSet");

/** `statefulSets`: a StatefulSet with one container, and a claim for each of its Pods. */
export const statefulSets: Shorthand = {
  key: "statefulSets",
  type,
  defaultSuffix: "",
  upkeep: "apply",
  workload: true,
  shape: record("A StatefulSet with one container", {
    ...commonFields,
    replicas: replicasField,
    tag: text("Tag of the image, after a colon; when absent the image is used as it is"),
    serviceName: text("Headless Service that names the Pods; the name of the StatefulSet when absent", "dnsLabel"),
    volumeClaimTemplates: listOf(
      "A claim for each Pod, mounted into its container",
      record("One claim", {
        name: text("Name of the volume; `data` when absent", "dnsLabel"),
        storageClass: text("StorageClass; the cluster's default when absent", "dnsSubdomain"),
        storageSize: text("How much", "quantity"),
        mountPath: text("Path in the container; `/data` when absent"),
        accessModes: accessModesField,
      }, { required: ["storageSize"] }),
    ),
    ...podFields,
    ...servingFields,
    rollingUpdate: rollingUpdateField,
    autoscale: autoscaleField,
  }, { required: ["image"] }),
  expand(entry, context) {
    const { fields } = entry;
    // The controller puts the name, and a digest, into a label of the Pods.
    checkNameLength(entry, "StatefulSet", 52);
    const { image, tag } = { image: textAt(fields, "image"), tag: textAt(fields, "tag") };
    const tagged: RenderedEntry = tag === undefined
      ? entry
      : { ...entry, fields: { ...fields, image: `${image}:${tag}` } };
    const claims = claimTemplates(fields);
    const mounts = claims.map(({ name, mountPath }) => ({ name, mountPath }));
    return child(type, entry, context, {
      spec: present({
        replicas: replicasOf(fields),
        serviceName: textAt(fields, "serviceName") ?? entry.name,
        podManagementPolicy: "Parallel",
        updateStrategy: updateStrategy(fields),
        selector: { matchLabels: workloadSelector(context, entry.name) },
        template: podTemplate(tagged, context, { claimed: mounts }),
        volumeClaimTemplates: claims.map(({ template }) => template),
      }),
    });
  },
};

interface Claim {
  readonly name: string;
  readonly mountPath: string;
  readonly template: Json;
}

function claimTemplates(fields: JsonMap): Claim[] {
  const seen = new Set(mapsAt(fields, "volumes").map((volume) => textAt(volume, "name")));
  return mapsAt(fields, "volumeClaimTemplates").map((claim, index) => {
    const name = textAt(claim, "name") ?? "data";
    if (seen.has(name)) {
      throw new EntryError(`volumeClaimTemplates[${index}].name`, `Cannot declare the volume ${name} twice`);
    }
    seen.add(name);
    const accessModes = listAt(claim, "accessModes");
    const spec = present({
      accessModes: accessModes.length > 0 ? [...accessModes] : ["ReadWriteOnce"],
      resources: { requests: { storage: textAt(claim, "storageSize")! } },
      storageClassName: textAt(claim, "storageClass"),
    });
    return {
      name,
      mountPath: textAt(claim, "mountPath") ?? "/data",
      // The API server stores the type of each template.
      template: { apiVersion: "v1", kind: "PersistentVolumeClaim", metadata: { name }, spec },
    };
  });
}

/** Without `rollingUpdate` Pods are replaced when somebody deletes them (D19); `maxSurge` is none of a StatefulSet. */
function updateStrategy(fields: JsonMap): JsonMap {
  const declared = mapAt(fields, "rollingUpdate");
  if (declared === undefined) return { type: "OnDelete" };
  // Kubernetes takes no zero here: nothing could ever be replaced.
  const maxUnavailable = /^0%?$/.test(String(declared["maxUnavailable"])) ? undefined : declared["maxUnavailable"];
  return present({
    type: "RollingUpdate",
    rollingUpdate: maxUnavailable === undefined ? undefined : { maxUnavailable },
  });
}
