import { stringify } from "yaml";
import type { Json } from "../base/json.ts";

/** A YAML document as Kubernetes people write it: no anchors, lines of any length, texts that YAML 1.1 would misread quoted. */
export function printYaml(value: Json): string {
  return stringify(value, { version: "1.1", aliasDuplicateObjects: false, lineWidth: 0, indentSeq: false });
}
