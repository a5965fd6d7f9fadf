/** Edits of `base.yaml`, each in the line that is marked for it: no other line of the Katalog moves. */
export const edits: Readonly<Record<string, string>> = {
  configmap: '- {name: "{{ .metadata.name }}-more", data: {a: b}}',
  service: 'services: [{name: "{{ .metadata.name }}", port: 80, selector: {a: b}}]',
  secret: 'secrets: [{name: "{{ .metadata.name }}", fromSecret: template, fromNamespace: vault}]',
  role: "custom: [{apiVersion: rbac.authorization.k8s.io/v1, kind: Role, metadata: {name: '{{ .metadata.name }}'}, rules: []}]",
  far: "serviceAccounts: [{name: '{{ .metadata.name }}', namespace: elsewhere}]",
  deletion: "onDelete: {jobs: [{name: '{{ .metadata.name }}-end', image: example.org/end}]}",
  namespace: "namespace: team",
  labels: "labels: {tier: gold}",
  validation: "validation: {rules: [{field: spec.size, max: 3}]}",
  entry:
    "cart: {apiTypes: {group: shop.example.org, version: v1, kind: Cart, plural: carts}, operatorBox: {onCreate: " +
    "{configMaps: [{name: '{{ .metadata.name }}', data: {a: b}}]}}}",
  gateway: "gateway: {}",
  security: "security: {webhooks: {admission: {enabled: true}}, deletionProtection: {}}",
};

/** The Katalog with these edits. */
export function edited(base: string, names: readonly string[]): string {
  return names.reduce((text, name) => text.replace(`# edit: ${name}\n`, `${edits[name]}\n`), base);
}
