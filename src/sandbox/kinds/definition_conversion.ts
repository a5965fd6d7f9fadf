import type { FieldError } from "../faults.ts";
import { type Any, fill, forbiddenField, invalidField, listOf, notSupported, required } from "./fields.ts";

const at = "spec.conversion";
const strategies = ["None", "Webhook"];
/** Versions of ConversionReview that the API server sends. */
const reviewVersions = ["v1", "v1beta1"];

/** Defaults of `spec.conversion`. */
export function defaultConversion(spec: Any): void {
  fill(spec, "conversion", {});
  fill(spec.conversion, "strategy", "None");
  const service = spec.conversion.webhook?.clientConfig?.service;
  if (service !== undefined) fill(service, "port", 443);
}

/** The rules of `spec.conversion` (apiextensions `ValidateCustomResourceConversion`), with the paths of v1beta1. */
export function conversionErrors({ strategy, webhook }: Any): FieldError[] {
  if (!strategies.includes(strategy)) return [notSupported(`${at}.strategy`, strategy, strategies)];
  const versions: string[] = listOf(webhook?.conversionReviewVersions);
  const [config, field] = [webhook?.clientConfig, `${at}.conversionReviewVersions`];
  if (strategy === "None") {
    const why = "should not be set when strategy is not set to Webhook";
    return [
      ...(config === undefined ? [] : [forbiddenField(`${at}.webhookClientConfig`, why)]),
      ...(versions.length === 0 ? [] : [forbiddenField(field, why)]),
    ];
  }
  const errors: FieldError[] = [];
  if (config === undefined) {
    errors.push(required(`${at}.webhookClientConfig`, "required when strategy is set to Webhook"));
  } else errors.push(...clientErrors(config, `${at}.webhookClientConfig`));
  if (versions.length === 0) errors.push(required(field));
  else if (!versions.some((version) => reviewVersions.includes(version))) {
    errors.push(invalidField(field, versions, `must include at least one of ${reviewVersions.join(", ")}`));
  }
  versions.forEach((version, i) => {
    if (versions.indexOf(version) < i) errors.push(invalidField(`${field}[${i}]`, version, "duplicate version"));
  });
  return errors;
}

/** The rules of a `clientConfig` (k8s.io/apiserver `pkg/util/webhook/validation.go`). */
function clientErrors({ url, service }: Any, path: string): FieldError[] {
  if ((url === undefined) === (service === undefined)) {
    return [required(path, "exactly one of url or service is required")];
  }
  return url === undefined ? serviceErrors(service, `${path}.service`) : urlErrors(String(url), `${path}.url`);
}

function urlErrors(text: string, path: string): FieldError[] {
  const form = "; desired format: https://host[/path]";
  if (!URL.canParse(text)) return [required(path, `url must be a valid URL${form}`)];
  const url = new URL(text);
  const errors: FieldError[] = [];
  if (url.protocol !== "https:") {
    const scheme = url.protocol.slice(0, -1);
    errors.push(invalidField(path, scheme, `'https' is the only allowed URL scheme${form}`));
  }
  if (url.username !== "") {
    errors.push(invalidField(path, url.username, "user information is not permitted in the URL"));
  }
  if (url.hash !== "") errors.push(invalidField(path, url.hash.slice(1), "fragments are not permitted in the URL"));
  if (url.search !== "") {
    errors.push(invalidField(path, url.search.slice(1), "query parameters are not permitted in the URL"));
  }
  return errors;
}

function serviceErrors({ name, namespace, port, path: own }: Any, path: string): FieldError[] {
  const errors: FieldError[] = [];
  if (!name) errors.push(required(`${path}.name`));
  if (!namespace) errors.push(required(`${path}.namespace`));
  if (port < 1 || port > 65535) {
    errors.push(invalidField(`${path}.port`, port, "port is not valid: must be between 1 and 65535, inclusive"));
  }
  if (own && !own.startsWith("/")) errors.push(invalidField(`${path}.path`, own, "must start with a '/'"));
  return errors;
}
