import { installedName } from "../k8s/installation.ts";
import { type BundleObject, components, labelsOf } from "./bundle_object.ts";

/**
 * A priority level for renewals of Leases, and the FlowSchema that leads to it: an API server that is overloaded must
 * not delay them. A level of its own, and not Kubernetes' `leader-election`: requests of the Runtime can then never
 * delay kube-scheduler and kube-controller-manager. A renewal is some milliseconds, so few seats suffice; others may
 * borrow half of them.
 */
export function leasePriority(namespace: string): BundleObject[] {
  const name = installedName("orkestra-leader-election", namespace);
  const apiVersion = "flowcontrol.apiserver.k8s.io/v1";
  const metadata = { name, labels: labelsOf("runtime") };
  return [
    {
      object: {
        apiVersion,
        kind: "FlowSchema",
        metadata,
        spec: {
          priorityLevelConfiguration: { name },
          // Before `workload-leader-election` (200), after those of the system.
          matchingPrecedence: 150,
          distinguisherMethod: { type: "ByUser" },
          rules: [{
            subjects: [{
              kind: "ServiceAccount",
              serviceAccount: { name: components.runtime.account, namespace },
            }],
            resourceRules: [{
              apiGroups: ["coordination.k8s.io"],
              resources: ["leases"],
              verbs: ["get", "list", "watch", "create", "patch", "delete"],
              namespaces: [namespace],
            }],
          }],
        },
      },
    },
    {
      object: {
        apiVersion,
        kind: "PriorityLevelConfiguration",
        metadata,
        spec: {
          type: "Limited",
          limited: {
            nominalConcurrencyShares: 5,
            lendablePercent: 50,
            limitResponse: {
              type: "Queue",
              queuing: { queues: 16, handSize: 4, queueLengthLimit: 50 },
            },
          },
        },
      },
    },
  ];
}
