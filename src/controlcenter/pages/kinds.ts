import type { Crd } from "../sources/documents.ts";

/** `Website`; the key where the entry hides it. */
export function kindOf({ gvk, name }: Crd): string {
  return /Kind=(.+)$/.exec(gvk ?? "")?.[1] ?? name;
}

/** `websites.web.example.com`, as kubectl takes it; it is the name of the CRD too. */
export function resourceOf({ gvr, name }: Crd): string {
  const [, group = "", plural = name] = /^(?:(.*)\/)?[^/,]+, Resource=(.+)$/.exec(gvr ?? "") ?? [];
  return group === "" ? plural : `${plural}.${group}`;
}
