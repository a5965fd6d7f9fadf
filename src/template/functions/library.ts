import { access } from "./access.ts";
import { collections } from "./collections.ts";
import { comparisons } from "./compare.ts";
import { conditional } from "./conditional.ts";
import { conversion } from "./conversion.ts";
import { data } from "./data.ts";
import type { LibraryFunction } from "./function.ts";
import { kubernetesObject } from "./kubernetes_object.ts";
import { math } from "./math.ts";
import { printing } from "./print.ts";
import { replicas } from "./replicas.ts";
import { safeAccess } from "./safe_access.ts";
import { strings } from "./strings.ts";

/** Every function of the language, in the order of the reference. */
export const functionList: readonly LibraryFunction[] = [
  ...access,
  ...comparisons,
  ...printing,
  ...conditional,
  ...safeAccess,
  ...conversion,
  ...strings,
  ...data,
  ...collections,
  ...math,
  ...kubernetesObject,
  ...replicas,
];

export const library: ReadonlyMap<string, LibraryFunction> = new Map(functionList.map((entry) => [entry.name, entry]));
