import { loadKatalog } from "../../src/katalog/mod.ts";
import { derivePlan, type Plan } from "../../src/plan/mod.ts";
import { openDefinition } from "../support/open_definition.ts";

/** A definition of the group `demo.dev` that takes any spec. */
export function demoCrd(kind: string): unknown {
  return openDefinition({ group: "demo.dev", kind });
}

/**
 * A box for each kind, which makes of an object a ConfigMap `spec.child` that holds `spec.n`. `dependsOn`: kind → names
 * of boxes.
 */
export function demoPlan(kinds: readonly string[], dependsOn: Readonly<Record<string, readonly string[]>> = {}): Plan {
  const text = `apiVersion: orkestra.orkspace.io/v1
kind: Katalog
metadata: { name: test }
spec:
  crds:${kinds.map((kind) => entry(kind, dependsOn[kind] ?? [])).join("")}
`;
  const { katalog, findings } = loadKatalog(
    [{ path: "katalog.yaml", bytes: new TextEncoder().encode(text) }],
    () => undefined,
  );
  if (katalog === undefined) throw new Error(`The Katalog of the test is broken: ${Deno.inspect(findings)}`);
  return derivePlan(katalog);
}

function entry(kind: string, dependsOn: readonly string[]): string {
  const name = kind.toLowerCase();
  return `
    ${name}:
      apiTypes: { group: demo.dev, version: v1, kind: ${kind}, plural: ${name}s }
      dependsOn: [${dependsOn.join(", ")}]
      operatorBox:
        onReconcile:
          configMaps:
            - name: "{{ .spec.child }}"
              data: { n: "{{ .spec.n }}" }`;
}
