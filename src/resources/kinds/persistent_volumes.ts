import { child, typeOf } from "../child.ts";
import { clusterFields, record, text, word } from "../fields.ts";
import { listAt, present, textAt } from "../read.ts";
import type { Shorthand } from "../shorthand.ts";
import { accessModesField } from "../storage_fields.ts";

const type = typeOf("PersistentVolume");

/** `persistentVolumes`: a volume of the cluster, on a path of a node or of a CSI driver. */
export const persistentVolumes: Shorthand = {
  key: "persistentVolumes",
  type,
  upkeep: "apply",
  workload: false,
  shape: record("A PersistentVolume", {
    ...clusterFields,
    capacity: text("How much", "quantity"),
    storageClassName: text("StorageClass of the claims that it is for; none when absent", "dnsSubdomain"),
    accessModes: accessModesField,
    reclaimPolicy: word("What becomes of it without its claim; Retain when absent", ["Retain", "Delete", "Recycle"]),
    hostPath: text("A path of the node"),
    csiDriver: text("Name of a CSI driver", "dnsSubdomain"),
    csiVolumeHandle: text("What the driver calls the volume"),
  }, {
    required: ["name", "capacity"],
    exclusive: [["hostPath", "csiDriver"]],
    oneOfFields: [["hostPath", "csiDriver"]],
    needs: { csiDriver: ["csiVolumeHandle"], csiVolumeHandle: ["csiDriver"] },
  }),
  expand(entry, context) {
    const { fields } = entry;
    const accessModes = listAt(fields, "accessModes");
    const [path, driver] = [textAt(fields, "hostPath"), textAt(fields, "csiDriver")];
    return child(type, entry, context, {
      spec: present({
        capacity: { storage: textAt(fields, "capacity")! },
        accessModes: accessModes.length > 0 ? [...accessModes] : ["ReadWriteOnce"],
        persistentVolumeReclaimPolicy: textAt(fields, "reclaimPolicy") ?? "Retain",
        storageClassName: textAt(fields, "storageClassName"),
        hostPath: path === undefined ? undefined : { path },
        csi: driver === undefined ? undefined : { driver, volumeHandle: textAt(fields, "csiVolumeHandle")! },
      }),
    });
  },
};
