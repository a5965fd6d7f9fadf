import type { KubeObject } from "../../k8s/object.ts";
import type { FieldError } from "../faults.ts";
import type { Resource } from "../resource.ts";
import { allocateService, defaultService, releaseService, validateService, validateServiceUpdate } from "./service.ts";
import { defaultCronJob, defaultJob, validateJob, validateJobUpdate } from "./jobs.ts";
import {
  defaultClaim,
  defaultIngress,
  mergeStringData,
  validateClaim,
  validateConfigMapUpdate,
  validateSecret,
} from "./simple.ts";
import {
  defaultDaemonSet,
  defaultDeployment,
  defaultReplicaSet,
  defaultStatefulSet,
  validateStatefulSetUpdate,
  validateWorkload,
  validateWorkloadUpdate,
} from "./workloads.ts";
import { defaultPod, validatePod, validatePodUpdate } from "./pods.ts";
import { prepareNamespace } from "./namespaces.ts";
import { defaultDefinition, validateDefinition } from "./definitions.ts";
import { validateLease } from "./leases.ts";

/** What the API server does for one built-in kind beyond its schema. Functions change the fresh object they are given. */
export interface Strategy {
  /** The object counts its generations. */
  readonly generation?: boolean;
  /** A change of annotations counts as a new generation, too. */
  readonly annotationsCount?: boolean;
  /** Fills in what the API server fills in; runs on every write. */
  readonly defaults?: (object: KubeObject) => void;
  /** Fills in what is decided once. `siblings` are the objects of the kind. */
  readonly prepareCreate?: (object: KubeObject, siblings: Iterable<KubeObject>) => void;
  readonly prepareUpdate?: (next: KubeObject, current: KubeObject) => void;
  readonly validate?: (object: KubeObject) => FieldError[];
  readonly validateUpdate?: (next: KubeObject, current: KubeObject) => FieldError[];
  /** DELETE answers with the object instead of a Status. */
  readonly returnsDeleted?: boolean;
}

const workload = { generation: true, validate: validateWorkload, validateUpdate: validateWorkloadUpdate };

const strategies: Readonly<Record<string, Strategy>> = {
  "deployments.apps": { ...workload, annotationsCount: true, defaults: defaultDeployment },
  "replicasets.apps": { ...workload, defaults: defaultReplicaSet },
  "daemonsets.apps": { ...workload, defaults: defaultDaemonSet },
  "statefulsets.apps": { ...workload, defaults: defaultStatefulSet, validateUpdate: validateStatefulSetUpdate },
  "jobs.batch": { generation: true, defaults: defaultJob, validate: validateJob, validateUpdate: validateJobUpdate },
  "cronjobs.batch": { generation: true, defaults: defaultCronJob },
  "pods.": {
    generation: true,
    defaults: defaultPod,
    validate: validatePod,
    validateUpdate: validatePodUpdate,
    returnsDeleted: true,
  },
  "services.": {
    defaults: defaultService,
    prepareCreate: allocateService,
    prepareUpdate: releaseService,
    validate: validateService,
    validateUpdate: validateServiceUpdate,
    returnsDeleted: true,
  },
  "secrets.": { defaults: mergeStringData, validate: validateSecret, validateUpdate: validateConfigMapUpdate },
  "configmaps.": { validateUpdate: validateConfigMapUpdate },
  "persistentvolumeclaims.": { defaults: defaultClaim, validate: validateClaim, returnsDeleted: true },
  "serviceaccounts.": { returnsDeleted: true },
  "podtemplates.": { generation: true, returnsDeleted: true },
  "resourcequotas.": { returnsDeleted: true },
  "ingresses.networking.k8s.io": { generation: true, defaults: defaultIngress },
  "ingressclasses.networking.k8s.io": { generation: true },
  "networkpolicies.networking.k8s.io": { generation: true },
  "poddisruptionbudgets.policy": { generation: true },
  "namespaces.": { prepareCreate: prepareNamespace },
  "customresourcedefinitions.apiextensions.k8s.io": {
    generation: true,
    defaults: defaultDefinition,
    validate: validateDefinition,
  },
  "mutatingwebhookconfigurations.admissionregistration.k8s.io": { generation: true },
  "validatingwebhookconfigurations.admissionregistration.k8s.io": { generation: true },
  "endpointslices.discovery.k8s.io": { generation: true },
  "priorityclasses.scheduling.k8s.io": { generation: true },
  "leases.coordination.k8s.io": { validate: validateLease },
};

const custom: Strategy = { generation: true };
const none: Strategy = {};

/** The strategy of a resource; custom resources share one. */
export function strategyOf(resource: Resource): Strategy {
  return resource.custom ? custom : strategies[resource.storageKey] ?? none;
}
