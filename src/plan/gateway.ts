import type { ExternalPlan, MutationPlan, NormalizePlan, ValidationPlan } from "../conditions/mod.ts";
import type { ResourceType } from "../k8s/object.ts";

/** What the Gateway does. Of no concern to boxes: nothing of it is sent to a cell. */
export interface GatewayPlan {
  /** Name of the Service that the API server reaches it by. */
  readonly service: string;
  /** Name of the Service of the Runtime, whose HTTP API it asks. */
  readonly runtimeService: string;
  readonly endpoint?: string | undefined;
  /** Nothing but the Gateway is installed: the Plan has no boxes. */
  readonly standalone: boolean;
  readonly certificates: {
    readonly autoRotate: boolean;
    readonly rotationThresholdMs: number;
    readonly validForMs: number;
  };
  /** Absent: no admission webhooks. */
  readonly admission?: AdmissionWebhooksPlan | undefined;
  /** Conversion is served. */
  readonly converts: boolean;
}

/** The webhooks of `mutation` and `validation`. */
export interface AdmissionWebhooksPlan {
  readonly failurePolicy: "Ignore" | "Fail";
  readonly timeoutSeconds: number;
  /** They are removed when the Gateway ends. */
  readonly cleanupOnShutdown: boolean;
  /** Sorted by name. */
  readonly kinds: readonly ReviewedKindPlan[];
}

/**
 * The rules that can be applied to a change through `/scale`, of which nothing but the replicas is known; one at least
 * is for the Gateway.
 */
export interface ScalePlan {
  /** Of the field that `/scale` sets: `["spec", "replicas"]`. */
  readonly path: readonly string[];
  readonly mutation: readonly MutationPlan[];
  readonly validation: readonly ValidationPlan[];
  /** The API server asks for `/mutate`. */
  readonly mutates: boolean;
}

/** One entry of `spec.crds` whose objects are reviewed. */
export interface ReviewedKindPlan {
  /** Key in `spec.crds`. */
  readonly name: string;
  readonly type: ResourceType;
  /** Only objects that its box takes care of are reviewed. */
  readonly namespace?: string | undefined;
  readonly labelSelector?: Readonly<Record<string, string>> | undefined;
  readonly fieldSelector?: Readonly<Record<string, string>> | undefined;
  readonly normalize: readonly NormalizePlan[];
  readonly mutation: readonly MutationPlan[];
  readonly validation: readonly ValidationPlan[];
  /** HTTP calls that are made before the rules. */
  readonly external: Pick<ExternalPlan, "mutation" | "validation">;
  /** The API server asks for `/mutate`, and for `/validate`. */
  readonly mutates: boolean;
  readonly validates: boolean;
  readonly operations: readonly ("CREATE" | "UPDATE")[];
  /** Absent: no rule judges changes through `/scale`. */
  readonly scale?: ScalePlan | undefined;
  /** Kinds of custom children, by which templates read `.children`. */
  readonly customKinds: readonly string[];
  /**
   * Webhooks see an object in one version (`matchPolicy: Equivalent`): entries for several versions of a kind are
   * registered as webhooks of their own, so that the rules of each are applied. 0 for the first.
   */
  readonly round: number;
}
