/** Thirteen boxes: twelve that do an ordinary job, and one whose objects can be made to misbehave. */
export const group = "iso.example.dev";
export const badBox = "bad";
export const goodBoxes = Array.from({ length: 12 }, (_, i) => `good${String(i + 1).padStart(2, "0")}`);
export const boxes = [...goodBoxes, badBox];

export function kindOf(box: string): string {
  return box.slice(0, 1).toUpperCase() + box.slice(1);
}

export function pluralOf(box: string): string {
  return `${box}s`;
}

/**
 * The Katalog of all boxes. The load of the bad box looks like what people write: a table, a long text, a page for
 * each item of a list, a rule with a pattern. The objects decide how much of it there is.
 */
export function katalogText(): string {
  return `apiVersion: orkestra.orkspace.io/v1
kind: Katalog
metadata: { name: isolation }
spec:
  crds:
${goodBoxes.map((box) => entry(box, "", "")).join("")}${entry(badBox, badRules, badChildren)}`;
}

function entry(box: string, rules: string, children: string): string {
  return `    ${box}:
      apiTypes: { group: ${group}, version: v1, kind: ${kindOf(box)}, plural: ${pluralOf(box)} }
${rules}      operatorBox:
        onReconcile:
          configMaps:
            - name: "{{ .metadata.name }}"
              data:
                n: "{{ .spec.n }}"
                title: '{{ .spec.title | default "none" | toUpper }}'
${children}`;
}

const badRules = `      validation:
        rules:
          - field: spec.word
            when: [{ field: spec.word, exists: true }]
            notRegex: "^(a+)+$"
            message: No word of nothing but a
            action: deny
`;

const badChildren = `            - name: "{{ .metadata.name }}-table"
              when: [{ field: spec.rows, exists: true }]
              data:
                table: "{{ range .spec.rows }}{{ range $.spec.rows }}{{ range $.spec.rows }}x{{ end }}{{ end }}{{ end }}"
            - name: "{{ .metadata.name }}-text"
              when: [{ field: spec.lines, exists: true }]
              data:
                text: '{{ range .spec.lines }}{{ repeat "0123456789abcdef" 64 }}{{ end }}'
            - name: "{{ .metadata.name }}-page-{{ .item }}"
              forEach: { field: spec.pages }
              data:
                page: '{{ repeat "Страница " 60000 }}'
`;
