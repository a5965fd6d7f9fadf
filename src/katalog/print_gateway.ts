import { formatDuration } from "../base/duration.ts";
import { equalJson, type Json, type JsonMap } from "../base/json.ts";
import { buildGateway } from "./build_gateway.ts";
import type { GatewaySettings } from "./model.ts";

/** `gateway` and the keys of `security` that are about it, with every default; nothing where nothing is said of it. */
export function printGateway(settings: GatewaySettings): { gateway?: JsonMap; security: JsonMap } {
  if (equalJson(settings as unknown as Json, buildGateway([]) as unknown as Json)) return { security: {} };
  const { declared, standalone, endpoint, service, runtimeService, admission, conversion, certificates } = settings;
  const { enabled, ...webhooks } = admission;
  return {
    ...(declared
      ? { gateway: { ...(standalone ? { standalone } : {}), ...(endpoint === undefined ? {} : { endpoint }) } }
      : {}),
    security: {
      serviceName: { gateway: service, runtime: runtimeService },
      webhooks: { admission: { enabled }, ...webhooks },
      conversion: { enabled: conversion.enabled },
      certManager: {
        autoRotate: certificates.autoRotate,
        rotationThreshold: formatDuration(certificates.rotationThresholdMs),
        validFor: formatDuration(certificates.validForMs),
      },
    },
  };
}
