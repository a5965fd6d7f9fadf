import type { KubeObject } from "../../k8s/object.ts";
import type { FieldError } from "../faults.ts";
import type { Resource } from "../resource.ts";
import { defaultAutoscaler, validateAutoscaler, validateBudget } from "./autoscaling.ts";
import { defaultSecret, validateConfigMap, validateDataUpdate, validateSecret } from "./data.ts";
import {
  defaultDefinition,
  definitionWarnings,
  prepareDefinition,
  validateDefinition,
  validateDefinitionUpdate,
} from "./definitions.ts";
import { validateEvent, validateEventUpdate } from "./events.ts";
import { defaultCronJob, defaultJob, prepareJob, validateCronJob, validateJob, validateJobUpdate } from "./jobs.ts";
import { defaultNamespace, prepareNamespace } from "./namespaces.ts";
import {
  defaultEndpoints,
  defaultEndpointSlice,
  defaultIngressClass,
  defaultNetworkPolicy,
  validateIngress,
} from "./networking.ts";
import { admitPod, defaultPod, preparePod } from "./pod_defaults.ts";
import { validatePod, validatePodUpdate } from "./pod_rules.ts";
import {
  defaultBinding,
  defaultLimits,
  defaultPriorityClass,
  defaultWebhooks,
  validateBinding,
  validateBindingUpdate,
  validateLease,
  validateRole,
} from "./policies.ts";
import { allocateService, defaultService, keepAllocations } from "./service.ts";
import { validateService, validateServiceUpdate } from "./service_rules.ts";
import {
  defaultClaim,
  defaultStorageClass,
  defaultVolume,
  prepareVolume,
  protect,
  validateClaim,
  validateClaimUpdate,
} from "./storage.ts";
import {
  defaultDaemonSet,
  defaultDeployment,
  defaultPodTemplate,
  defaultReplicaSet,
  defaultReplicationController,
  defaultStatefulSet,
  hostNameWarnings,
  validateDaemonSet,
  validateDeployment,
  validatePodTemplate,
  validateReplicaSet,
  validateSelectorUpdate,
  validateStatefulSet,
  validateStatefulSetUpdate,
} from "./workloads.ts";

/**
 * What the API server does for one built-in kind beyond its schema. Functions change the fresh object they are given.
 */
export interface Strategy {
  /** The object counts its generations. */
  readonly generation?: boolean;
  /** A change of annotations counts as a new generation, too. */
  readonly annotationsCount?: boolean;
  /** Fills in what the API server fills in on every write; the writer owns these fields. */
  readonly defaults?: (object: KubeObject) => void;
  /** What admission adds to a new object; these fields have no owner. */
  readonly admit?: (object: KubeObject) => void;
  /** Fills in what is decided once. `siblings` are the objects of the kind, `given` is the object before defaults. */
  readonly prepareCreate?: (object: KubeObject, siblings: Iterable<KubeObject>, given: KubeObject) => void;
  readonly prepareUpdate?: (next: KubeObject, current: KubeObject) => void;
  readonly validate?: (object: KubeObject) => FieldError[];
  /** Rules that hold for a new object only. */
  readonly validateCreate?: (object: KubeObject) => FieldError[];
  readonly validateUpdate?: (next: KubeObject, current: KubeObject) => FieldError[];
  /** Texts for `Warning` headers of a create. */
  readonly warnings?: (object: KubeObject) => string[];
  /** A PUT under a name that is not there creates the object. */
  readonly createsOnPut?: boolean;
  /** A PUT must say which resourceVersion it replaces. */
  readonly versionedPut?: boolean;
  /** DELETE returns the object instead of a Status. */
  readonly returnsDeleted?: boolean;
}

const webhooks: Strategy = { generation: true, defaults: defaultWebhooks, versionedPut: true };

const strategies: Readonly<Record<string, Strategy>> = {
  "deployments.apps": {
    generation: true,
    annotationsCount: true,
    defaults: defaultDeployment,
    validate: validateDeployment,
    validateUpdate: validateSelectorUpdate,
    warnings: hostNameWarnings,
  },
  "replicasets.apps": {
    generation: true,
    defaults: defaultReplicaSet,
    validate: validateReplicaSet,
    warnings: hostNameWarnings,
    validateUpdate: validateSelectorUpdate,
  },
  "daemonsets.apps": {
    generation: true,
    defaults: defaultDaemonSet,
    validate: validateDaemonSet,
    validateUpdate: validateSelectorUpdate,
  },
  "statefulsets.apps": {
    generation: true,
    defaults: defaultStatefulSet,
    validate: validateStatefulSet,
    validateUpdate: validateStatefulSetUpdate,
  },
  "replicationcontrollers.": { generation: true, defaults: defaultReplicationController },
  "jobs.batch": {
    generation: true,
    defaults: defaultJob,
    prepareCreate: prepareJob,
    validate: validateJob,
    warnings: hostNameWarnings,
    validateUpdate: validateJobUpdate,
  },
  "cronjobs.batch": {
    generation: true,
    defaults: defaultCronJob,
    validate: validateCronJob,
    warnings: hostNameWarnings,
  },
  "pods.": {
    generation: true,
    defaults: defaultPod,
    admit: admitPod,
    prepareCreate: preparePod,
    validate: validatePod,
    validateUpdate: validatePodUpdate,
    returnsDeleted: true,
  },
  "podtemplates.": {
    generation: true,
    defaults: defaultPodTemplate,
    validate: validatePodTemplate,
    returnsDeleted: true,
  },
  "services.": {
    defaults: defaultService,
    prepareCreate: allocateService,
    createsOnPut: true,
    prepareUpdate: keepAllocations,
    validate: validateService,
    validateUpdate: validateServiceUpdate,
    returnsDeleted: true,
  },
  "endpoints.": {
    createsOnPut: true,
    defaults: defaultEndpoints,
    warnings: () => ["v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice"],
  },
  "secrets.": { defaults: defaultSecret, validate: validateSecret, validateUpdate: validateDataUpdate },
  "configmaps.": { validate: validateConfigMap, validateUpdate: validateDataUpdate },
  "persistentvolumeclaims.": {
    defaults: defaultClaim,
    admit: protect("kubernetes.io/pvc-protection"),
    validate: validateClaim,
    validateUpdate: validateClaimUpdate,
    returnsDeleted: true,
  },
  "persistentvolumes.": {
    defaults: defaultVolume,
    admit: protect("kubernetes.io/pv-protection"),
    prepareCreate: prepareVolume,
    returnsDeleted: true,
  },
  "serviceaccounts.": { returnsDeleted: true },
  "limitranges.": { defaults: defaultLimits, createsOnPut: true },
  "resourcequotas.": { returnsDeleted: true },
  "namespaces.": { defaults: defaultNamespace, prepareCreate: prepareNamespace },
  "events.": { createsOnPut: true, validateCreate: validateEvent, validateUpdate: validateEventUpdate },
  "ingresses.networking.k8s.io": { generation: true, validate: validateIngress },
  "ingressclasses.networking.k8s.io": { generation: true, defaults: defaultIngressClass },
  "networkpolicies.networking.k8s.io": { generation: true, defaults: defaultNetworkPolicy },
  "poddisruptionbudgets.policy": { generation: true, versionedPut: true, validate: validateBudget },
  "horizontalpodautoscalers.autoscaling": {
    generation: true,
    defaults: defaultAutoscaler,
    validate: validateAutoscaler,
  },
  "customresourcedefinitions.apiextensions.k8s.io": {
    generation: true,
    defaults: defaultDefinition,
    prepareCreate: prepareDefinition,
    warnings: definitionWarnings,
    validate: validateDefinition,
    validateUpdate: validateDefinitionUpdate,
  },
  "mutatingwebhookconfigurations.admissionregistration.k8s.io": webhooks,
  "validatingwebhookconfigurations.admissionregistration.k8s.io": webhooks,
  "endpointslices.discovery.k8s.io": { generation: true, defaults: defaultEndpointSlice },
  "priorityclasses.scheduling.k8s.io": { generation: true, defaults: defaultPriorityClass },
  "storageclasses.storage.k8s.io": { defaults: defaultStorageClass },
  "leases.coordination.k8s.io": { createsOnPut: true, versionedPut: true, validate: validateLease },
  "roles.rbac.authorization.k8s.io": { createsOnPut: true, validate: validateRole },
  "clusterroles.rbac.authorization.k8s.io": { createsOnPut: true, validate: validateRole },
  "rolebindings.rbac.authorization.k8s.io": {
    createsOnPut: true,
    defaults: defaultBinding,
    validate: validateBinding,
    validateUpdate: validateBindingUpdate,
  },
  "clusterrolebindings.rbac.authorization.k8s.io": {
    createsOnPut: true,
    defaults: defaultBinding,
    validate: validateBinding,
    validateUpdate: validateBindingUpdate,
  },
};

const custom: Strategy = { generation: true, versionedPut: true };
const none: Strategy = {};

/** The strategy of a resource; custom resources share one. */
export function strategyOf(resource: Resource): Strategy {
  return resource.custom ? custom : strategies[resource.storageKey] ?? none;
}
