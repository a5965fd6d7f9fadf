import type { RecordShape } from "../base/shape.ts";
import { list, plainText, prose, record, tree } from "./schema_words.ts";

/** Of every document. */
export const metadata: RecordShape = record("Names the Katalog", {
  name: plainText("Name of the Katalog", "dnsSubdomain"),
  namespace: plainText("Tenant that the Katalog belongs to; no namespace of the cluster"),
  clusterName: plainText("Name of the cluster, for people"),
  description: prose("What it is, for people"),
  version: plainText("Version of the Katalog, for people"),
  author: prose("Who wrote it"),
  license: plainText("Under which licence"),
  tags: list("Words to find it by", plainText("")),
  createdBy: plainText("What made the file"),
  projects: tree("Whatever tools keep here"),
}, { required: ["name"] });
