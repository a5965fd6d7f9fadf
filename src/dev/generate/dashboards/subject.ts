import { gvkText } from "../../../k8s/object.ts";
import { callsOfPasses, crossSourcesOf } from "../../../plan/mod.ts";
import type { BoxPlan, Plan } from "../../../plan/plan.ts";

/** What dashboards and alerts are about: the operators of a Katalog, and what they have that others do not. */
export interface Subject {
  /** Name of the Katalog. */
  readonly katalog: string;
  /** In the order of the Plan. */
  readonly boxes: readonly SubjectBox[];
  /** Absent: the Katalog has no Gateway. */
  readonly gateway?: {
    /** Certificates are renewed when they have this time left. */
    readonly rotationThresholdMs: number;
    readonly converts: boolean;
  } | undefined;
  /** HTTP calls are made, or objects of other Runtimes read, by some operator. */
  readonly hasExternal: boolean;
  readonly hasCrossSources: boolean;
}

export interface SubjectBox {
  /** Key under `spec.crds`. */
  readonly key: string;
  readonly kind: string;
  /** Its matchers of labels: `crd="…"`, and `box="…"` where others have the same type. */
  readonly matchers: string;
  readonly hasValidation: boolean;
  readonly hasExternal: boolean;
}

export function subjectOf({ katalog, boxes, gateway }: Plan): Subject {
  const types = boxes.map(({ type }) => gvkText(type));
  return {
    katalog: katalog.name,
    boxes: boxes.map((box, index) => {
      const isShared = types.filter((type) => type === types[index]).length > 1;
      return {
        key: box.name,
        kind: box.type.kind,
        matchers: matcher("crd", types[index]!) + (isShared ? `, ${matcher("box", box.name)}` : ""),
        hasValidation: box.validation.length > 0,
        hasExternal: makesCalls(box),
      };
    }),
    gateway: gateway && {
      rotationThresholdMs: gateway.certificates.rotationThresholdMs,
      converts: gateway.converts,
    },
    hasExternal: boxes.some(makesCalls),
    hasCrossSources: crossSourcesOf(boxes).length > 0,
  };
}

function makesCalls({ external }: BoxPlan): boolean {
  return callsOfPasses(external).length > 0;
}

function matcher(label: string, value: string): string {
  return `${label}=${JSON.stringify(value)}`;
}
