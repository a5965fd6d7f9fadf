import { parseAllDocuments } from "yaml";
import type { JsonMap } from "../../src/base/json.ts";
import type { KubeObject } from "../../src/k8s/object.ts";
import { projectRoot } from "../architecture/paths.ts";
import { openDefinition } from "../support/open_definition.ts";
import { corpus } from "./corpus.ts";
import { loadTarget } from "./stage.ts";

const group = "deputy.example.org";

/** The CRDs that a Katalog of this folder needs, as open as can be. */
function definitionsOf(katalog: string): KubeObject[] {
  const open = (kind: string, namespaced = true): KubeObject => openDefinition({ group, kind, namespaced });
  switch (katalog) {
    case "places":
      return [open("Place")];
    case "names":
      return [open("Named")];
    case "objects":
      return [open("Wrapped"), open("Inner")];
    case "roles":
      return [open("Team")];
    case "texts":
      return [open("Text")];
    case "takers":
      return [open("Taker")];
    case "smuggled": {
      const definition = open("Plain") as unknown as { spec: { versions: JsonMap[] } };
      const [version] = definition.spec.versions;
      delete version!["subresources"];
      version!["schema"] = { openAPIV3Schema: { type: "object", "x-kubernetes-preserve-unknown-fields": true } };
      return [definition as unknown as KubeObject];
    }
    case "tenants":
      return [open("Tenant", false), open("Settler", false)];
    default: {
      const text = Deno.readTextFileSync(`${projectRoot}/katalogs/${katalog.replace("example/", "")}/crd.yaml`);
      return parseAllDocuments(text).map((document) => document.toJS()).filter((document) => document !== null);
    }
  }
}

/** By name: every Katalog that an attack of the corpus is made on. */
export const targets = new Map(
  [...new Set(corpus.map(({ katalog }) => katalog))].map((name) => [name, loadTarget(name, definitionsOf(name))]),
);
