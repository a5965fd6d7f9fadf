/** The group of the kinds of `thingsKatalog()`: Thing0, Thing1 and so on. */
export const thingsGroup = "bench.example.dev";

/** A Katalog with this number of boxes, each with a kind of its own and three kinds of children. */
export function thingsKatalog(boxes: number): string {
  const box = (i: number) => `
    thing${i}:
      apiTypes: { group: ${thingsGroup}, version: v1, kind: Thing${i}, plural: thing${i}s }
      operatorBox:
        onReconcile:
          configMaps: [{ name: "{{ .metadata.name }}-config", data: { message: hello } }]
          deployments: [{ name: "{{ .metadata.name }}", image: nginx:1 }]
          services: [{ name: "{{ .metadata.name }}", port: 80 }]
`;
  return `apiVersion: orkestra.orkspace.io/v1
kind: Katalog
metadata: { name: things }
spec:
  crds:${Array.from({ length: boxes }, (_, i) => box(i)).join("")}`;
}
