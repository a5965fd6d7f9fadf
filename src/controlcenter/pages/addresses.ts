/** Where each page is. Names are encoded, whatever they are. */

const encode = encodeURIComponent;

export const home = "/";

export function katalogAddress(slug: string, part?: "webhooks" | "source"): string {
  return `/k/${encode(slug)}${part === undefined ? "" : `/${part}`}`;
}

export function boxAddress(slug: string, box: string, part?: "docs"): string {
  return `/k/${encode(slug)}/b/${encode(box)}${part === undefined ? "" : `/${part}`}`;
}

/** `namespace` is "" for a cluster-scoped CR. */
export function crAddress(slug: string, box: string, namespace: string, name: string): string {
  const place = namespace === "" ? [name] : [namespace, name];
  return `${boxAddress(slug, box)}/cr/${place.map(encode).join("/")}`;
}

/** Path and query; what is `undefined` or "" is left out. */
export function withQuery(path: string, query: Readonly<Record<string, string | undefined>>): string {
  const parts = Object.entries(query).filter(([, value]) => value !== undefined && value !== "");
  return parts.length === 0 ? path : `${path}?${parts.map(([key, value]) => `${key}=${encode(value!)}`).join("&")}`;
}

/** Path of the HTTP API of a Runtime for a box, as its keys are looked up. */
export function apiPath(box: string, ...parts: readonly string[]): string {
  return ["", "katalog", ...[box.toLowerCase(), ...parts].map(encode)].join("/");
}
