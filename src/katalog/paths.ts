/** A path as seen from where the loader was started, for one that is written relative to the folder of `file`. */
export function resolvePath(file: string, relative: string): string {
  if (relative.startsWith("/")) return relative;
  const parts = file.split("/").slice(0, -1);
  for (const part of relative.split("/")) {
    if (part === "." || part === "") continue;
    const last = parts.at(-1);
    if (part === ".." && last !== undefined && last !== ".." && last !== "" && last !== ".") parts.pop();
    else parts.push(part);
  }
  return parts.join("/");
}
