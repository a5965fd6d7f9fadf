import { child, typeOf } from "../child.ts";
import { commonFields, record, text, word } from "../fields.ts";
import { listAt, present, textAt } from "../read.ts";
import type { Shorthand } from "../shorthand.ts";
import { accessModesField } from "../storage_fields.ts";

const type = typeOf("PersistentVolumeClaim");

/** `persistentVolumeClaims`: a claim. Most of it cannot be changed, so it never is. */
export const persistentVolumeClaims: Shorthand = {
  key: "persistentVolumeClaims",
  type,
  upkeep: "make",
  workload: false,
  shape: record("A PersistentVolumeClaim", {
    ...commonFields,
    storage: text("How much", "quantity"),
    storageClassName: text("StorageClass; the cluster's default when absent", "dnsSubdomain"),
    accessModes: accessModesField,
    volumeMode: word("Filesystem when absent", ["Filesystem", "Block"]),
    volumeName: text("A certain PersistentVolume", "dnsSubdomain"),
  }, { required: ["name", "storage"] }),
  expand(entry, context) {
    const { fields } = entry;
    const accessModes = listAt(fields, "accessModes");
    return child(type, entry, context, {
      spec: present({
        accessModes: accessModes.length > 0 ? [...accessModes] : ["ReadWriteOnce"],
        resources: { requests: { storage: textAt(fields, "storage")! } },
        storageClassName: textAt(fields, "storageClassName"),
        volumeMode: textAt(fields, "volumeMode"),
        volumeName: textAt(fields, "volumeName"),
      }),
    });
  },
};
