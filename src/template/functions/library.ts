import { access } from "./access.ts";
import { collections } from "./collections.ts";
import { comparisons } from "./compare.ts";
import { conditional } from "./conditional.ts";
import { conversion } from "./conversion.ts";
import { cron } from "./cron.ts";
import { data } from "./data.ts";
import type { LibraryFunction } from "./function.ts";
import { kubernetesObject } from "./kubernetes_object.ts";
import { math } from "./math.ts";
import { net } from "./net.ts";
import { claimFunctions, hpaFunctions, ingressFunctions, serviceFunctions } from "./network_storage.ts";
import { printing } from "./print.ts";
import { note } from "./note.ts";
import { prometheus } from "./prometheus.ts";
import { quantity } from "./quantity.ts";
import { random } from "./random.ts";
import { replicas } from "./replicas.ts";
import { safeAccess } from "./safe_access.ts";
import { semver } from "./semver.ts";
import { strings } from "./strings.ts";
import { time } from "./time.ts";
import { validation } from "./validation.ts";
import {
  containerFunctions,
  jobFunctions,
  nodeFunctions,
  podFunctions,
  replicaSetFunctions,
  warningFunctions,
} from "./workloads.ts";

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
  ...quantity,
  ...random,
  ...time,
  ...cron,
  ...semver,
  ...net,
  ...validation,
  ...kubernetesObject,
  ...replicas,
  ...replicaSetFunctions,
  ...podFunctions,
  ...warningFunctions,
  ...nodeFunctions,
  ...containerFunctions,
  ...jobFunctions,
  ...serviceFunctions,
  ...ingressFunctions,
  ...hpaFunctions,
  ...claimFunctions,
  ...prometheus,
  ...note,
];

export const library: ReadonlyMap<string, LibraryFunction> = new Map(functionList.map((entry) => [entry.name, entry]));
