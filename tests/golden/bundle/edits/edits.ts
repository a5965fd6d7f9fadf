/** One edit of `base.yaml`. */
export interface Edit {
  /** What replaces the comment that names it: one line. */
  readonly line: string;
  /** What it asks for, and what an installation needs for that. */
  readonly why: string;
  /** Edits that are there before and after: what it refers to. */
  readonly on?: readonly string[];
  /** What is removed or narrowed, besides what is added; without it, nothing is. */
  readonly removes?: true;
}

export const edits: Readonly<Record<string, Edit>> = {
  "kind-of-child": {
    line: 'services: [{name: "{{ .metadata.name }}", port: 80, selector: {a: b}}]',
    why: "A child of another kind: one rule, of the verbs that keeping a child takes.",
  },
  "second-child": {
    line: '- {name: "{{ .metadata.name }}-more", data: {a: b}}',
    why: "Another child of a kind that is there: no permission, one more reason for those of before.",
  },
  "fixed-name": {
    line: "serviceAccounts: [{name: shop}]",
    why: "A child with a name of its own. What RBAC can bind to the name is bound to it; creating, listing and watching " +
      "by label it cannot.",
  },
  "far-child": {
    line: "- {name: \"{{ .metadata.namespace }}-{{ .metadata.name }}\", namespace: elsewhere, data: {a: b}}",
    why: "A child in another namespace. Garbage collection does not reach it, so a finalizer does: CRs are patched.",
  },
  "from-secret": {
    line: 'secrets: [{name: "{{ .metadata.name }}", fromSecret: template, fromNamespace: vault}]',
    why: "A copy of a Secret: its source is in a namespace that is known, under a name that is known. The copies are " +
      "Secrets in all namespaces, of which a warning says how far that reaches.",
  },
  "role": {
    line: "custom: [{apiVersion: rbac.authorization.k8s.io/v1, kind: Role, metadata: {name: '{{ .metadata.name }}'}, " +
      "rules: []}]",
    why: "Roles as children: who makes them may give what it does not have, so never without a warning.",
  },
  "on-delete": {
    line: "onDelete: {jobs: [{name: '{{ .metadata.name }}-end', image: example.org/end}]}",
    why: "A Job before a Shop goes: it is created and looked at, neither changed nor deleted. The finalizer that holds " +
      "the Shop is a patch of the Shop.",
  },
  "namespace": {
    line: "namespace: team",
    why: "One namespace for all Shops: what was granted everywhere is granted there alone, by a Role.",
    removes: true,
  },
  "labels": {
    line: "labels: {tier: gold}",
    why: "Labels on the Shops themselves: they are patched.",
  },
  "second-box": {
    line: "cart: {apiTypes: {group: shop.example.org, version: v1, kind: Cart, plural: carts}, operatorBox: {onCreate: " +
      "{configMaps: [{name: '{{ .metadata.name }}', data: {a: b}}]}}}",
    why: "A second operator: its CRs, their status and owner references, and its CRD by name. ConfigMaps were granted.",
  },
  "cross": {
    line: "cross: [{crd: cart, as: cart, selector: {name: '{{ .metadata.name }}'}}]",
    why: "Reading the objects of another operator of the Katalog: no permission, since operators publish to each other.",
    on: ["second-box"],
  },
  "cross-source": {
    line: "cross: [{crd: stock, as: stock, selector: {name: a}, source: {host: 'https://stock.example.org', auth: " +
      "{secretRef: {name: token, namespace: team, key: token}}}}]",
    why: "Reading the objects of another Runtime, with a token: the one Secret that holds it.",
  },
  "external": {
    line: "external: [{name: flags, url: 'https://flags.example.org/{{ .metadata.name }}', auth: {secretRef: " +
      "{namespace: team, name: flags, key: token}}}]",
    why: "An HTTP call with a credential: the one Secret that holds it, to read and nothing else.",
  },
  "identity": {
    line: "security: {identity: perBox}",
    why: "An identity for each operator. All that the ServiceAccount orkestra had for operators moves to theirs; it " +
      "keeps leader election, and gets the right to request tokens of exactly these two.",
    on: ["second-box"],
    removes: true,
  },
  "gateway": {
    line: "gateway: {}",
    why: "A Gateway: another ServiceAccount, for one Secret, and to remove the webhooks that a former Katalog had, by name. The " +
      "Runtime gets nothing.",
  },
  "webhooks": {
    line: "security: {webhooks: {admission: {enabled: true}}}",
    why: "Admission webhooks: the Gateway registers one configuration, which it only removed before.",
    on: ["gateway", "validation-rule"],
    removes: true,
  },
  "validation-rule": {
    line: "validation: {rules: [{field: spec.size, max: 3}]}",
    why: "A rule that a webhook checks, the first one: the same.",
    on: ["gateway", "webhooks"],
    removes: true,
  },
  "deletion-protection": {
    line: "security: {deletionProtection: {}}",
    why: "Deletion protection: the Runtime sets the label on Shops, the Gateway registers one more configuration.",
    on: ["gateway"],
    removes: true,
  },
};

/** The Katalog with these edits. */
export function edited(base: string, names: readonly string[]): string {
  return names.reduce((text, name) => {
    const mark = `# edit: ${name}\n`;
    if (!text.includes(mark)) throw new Error(`Cannot edit base.yaml: it has no line for ${name}`);
    return text.replace(mark, () => `${edits[name]!.line}\n`);
  }, base);
}
