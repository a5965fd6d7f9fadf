import type { FileReader } from "../../files/mod.ts";

const every = "/...";
const simulation = "simulate.yaml";

/** `./...` stands for every `simulate.yaml` of the folder and below it, by path; what has a text of `skip` is left out. */
export function discover(named: readonly string[], skip: readonly string[], files: FileReader): string[] {
  return named.flatMap((path) => {
    if (path !== "..." && !path.endsWith(every)) return [path];
    const folder = path === "..." ? "." : path.slice(0, -every.length) || "/";
    return below(folder, files).filter((found) => !skip.some((text) => found.includes(text)));
  });
}

function below(folder: string, files: FileReader): string[] {
  const names = files.list(folder);
  if ("trouble" in names) return [];
  const folders = new Set(files.folders(folder));
  return [...names].sort().flatMap((name) => {
    const path = folder === "." ? name : `${folder === "/" ? "" : folder}/${name}`;
    if (name === simulation) return files.read(path, "plain") === "folder" ? [] : [path];
    // Dependencies and repositories hold nobody's simulations; links may lead back.
    if (name.startsWith(".") || name === "node_modules") return [];
    return folders.has(name) ? below(path, files) : [];
  });
}
