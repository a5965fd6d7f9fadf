import { isMap, type Json, type JsonMap } from "../base/json.ts";
import type { TextPlan } from "../conditions/mod.ts";
import { type KubeObject, withValueAt } from "../k8s/object.ts";
import { type CompiledText, RenderError, type Templates, valueOf } from "../template/compiled_text.ts";

/** One path under `spec`, and the template of its value. */
export interface NormalizeRule {
  readonly path: readonly string[];
  readonly value: CompiledText;
}

/** Parses the templates of `normalize.spec` once. */
export function compileNormalize(
  rules: readonly { readonly path: readonly string[]; readonly value: TextPlan }[],
  templates: Templates,
): NormalizeRule[] {
  return rules.map(({ path, value }) => ({ path, value: templates.compile(value) }));
}

/**
 * The CR with its declared fields in canonical form, in memory only. Every template sees the CR as stored, so
 * normalized fields do not see each other. A mixed text that reads as a number or a boolean becomes one, as a YAML
 * scalar would. Throws `RenderError`.
 */
export function normalize(rules: readonly NormalizeRule[], cr: KubeObject, data: JsonMap): KubeObject {
  let spec: Json | undefined = cr["spec"] ?? {};
  for (const { path, value } of rules) {
    const rendered = valueOf(value, data);
    if (rendered === undefined) continue;
    const plain = typeof rendered === "string" && !value.template.soleExpression ? scalar(rendered) : rendered;
    const changed = withValueAt(spec, path, plain);
    if (!isMap(changed)) {
      throw new RenderError(
        value.at,
        `Cannot set spec.${path.join(".")}: the path leads through a value that is neither a map nor a list`,
      );
    }
    spec = changed;
  }
  return rules.length === 0 ? cr : { ...cr, spec };
}

/** The JSON value of a YAML 1.2 core scalar, else the text. */
function scalar(text: string): Json {
  const trimmed = text.trim();
  if (trimmed === "true" || trimmed === "false") return trimmed === "true";
  if (/^-?(?:0|[1-9]\d{0,14})$/.test(trimmed) || /^-?\d{1,15}\.\d{1,15}$/.test(trimmed)) return Number(trimmed);
  return text;
}
