import type { CallOptions, ClusterApi, Target } from "../../cluster/ports.ts";
import { objectKey, type ResourceType } from "../../k8s/object.ts";
import type { Span } from "../../observe/trace/mod.ts";

/**
 * The client of a pass that is recorded in a trace: each call for one object is a span below that of the pass, and
 * carries its context to the API server. Lists and watches are no calls of a pass. Of an object no more than kind and name is
 * recorded.
 */
export function tracedCalls(api: ClusterApi, pass: Span): ClusterApi {
  async function traced<T>(
    verb: string,
    { kind }: ResourceType,
    target: Target,
    options: CallOptions & { readonly subresource?: string } | undefined,
    call: (options: CallOptions) => Promise<T>,
  ): Promise<T> {
    const attributes = { "ork.verb": verb, "ork.object.kind": kind, "ork.object.key": objectKey(target) };
    const span = pass.child(`${verb} ${kind}`, "client", attributes);
    if (span === undefined) return await call({ ...options, traceparent: pass.traceparent });
    if (options?.subresource !== undefined) span.set("ork.object.subresource", options.subresource);
    let failed = true;
    try {
      const result = await call({
        ...options,
        traceparent: span.traceparent,
        onStatus(code) {
          // Of a request that is sent again the last one counts.
          span.set("http.response.status_code", code);
          options?.onStatus?.(code);
        },
      });
      failed = false;
      return result;
    } finally {
      span.end({ failed });
    }
  }

  return {
    get: (type, target, options) => traced("get", type, target, options, (more) => api.get(type, target, more)),
    apply: (type, object, options) =>
      traced("apply", type, object.metadata, options, (more) => api.apply(type, object, { ...options, ...more })),
    create: (type, object, options) =>
      traced("create", type, object.metadata, options, (more) => api.create(type, object, more)),
    createDryRun: (type, object, options) =>
      traced("dry-run create", type, object.metadata, options, (more) => api.createDryRun(type, object, more)),
    mergePatch: (type, target, patch, options) => {
      const { subresource } = target;
      const whole = subresource === undefined ? options : { ...options, subresource };
      return traced("patch", type, target, whole, (more) => api.mergePatch(type, target, patch, more));
    },
    delete: (type, target, options) =>
      traced("delete", type, target, options, (more) => api.delete(type, target, { ...options, ...more })),
    post: (...call) => api.post(...call),
    list: (...call) => api.list(...call),
    watch: (...call) => api.watch(...call),
    raw: (...call) => api.raw(...call),
  };
}
