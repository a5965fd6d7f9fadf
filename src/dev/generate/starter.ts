/** A Katalog to begin with where there is no CRD yet, with what is most often wanted in comments. */
export function starterKatalog({ security }: { readonly security: boolean }): string {
  return `${head}${security ? securityBlock : ""}${entry}${security ? rules : ""}${box}`;
}

const head =
  `# An operator for a kind of your own. Check it with "ork validate", see what it makes with "ork template --cr cr.yaml".
apiVersion: orkestra.orkspace.io/v1
kind: Katalog
metadata:
  name: my-operators
`;

const securityBlock = `# Reviews objects before they are stored. What is switched on here is registered by the Gateway.
gateway: {}
security:
  webhooks:
    admission: { enabled: true }
    # Fail refuses objects while no Gateway responds; with Ignore the Runtime checks them.
    failurePolicy: Ignore
  deletionProtection:
    # True: the label that protects cannot be taken off either.
    strictMode: false
  namespaceProtection:
    restrictedNamespaces: ["kube-*"]
`;

const entry = `spec:
  crds:
    # One entry for each kind. The key names the operator in logs, metrics and messages.
    app:
      # Or the manifest of its CRD: crdFile: crd.yaml. "ork generate crd" prints one for these types.
      apiTypes:
        group: example.org
        version: v1
        kind: App
        plural: apps
      # Workers start once these have reconciled an object: dependsOn: [database]
`;

const rules = `      mutation:
        rules:
          - { field: spec.replicas, default: 1 }
      validation:
        rules:
          - { field: spec.image, exists: true, message: an App needs an image }
          - { field: spec.replicas, between: "1,20", message: between 1 and 20 replicas }
`;

const box = `      operatorBox:
        reconciler:
          workers: 3
          resync: 30s
        # Kept as declared: what is changed or deleted by hand is restored. onCreate makes what is absent, and leaves it.
        onReconcile:
          deployments:
            - name: "{{ .metadata.name }}"
              image: "{{ .spec.image }}"
              replicas: "{{ .spec.replicas | default 1 }}"
              port: 8080
          services:
            - name: "{{ .metadata.name }}"
              port: 80
              targetPort: 8080
              # Only where it holds: when: [{ field: spec.public, equals: "true" }]
        status:
          fields:
            - path: phase
              value: "{{ if allReplicasReady .children.deployment }}Ready{{ else }}Starting{{ end }}"
`;
