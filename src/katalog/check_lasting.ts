import { parseLifetime } from "../base/duration.ts";
import { randomFunctions } from "../template/mod.ts";
import type { CrdContext } from "./crd_context.ts";
import { childOf, entriesOf, flagOf, itemPath, keyPath, type Node, nodeAt, textOf } from "./node.ts";

/** What is made once, and what is another value each time. */
export const lastingChecks: readonly ((crd: CrdContext) => void)[] = [
  onceIsUnderOnCreate,
  agesMatter,
  namesAreNotRandom,
  randomValuesAreKept,
];

function onceIsUnderOnCreate({ children, report }: CrdContext): void {
  for (const { shorthand, block, node, path } of children) {
    if (shorthand !== "secrets" || block === "onDelete") continue;
    const once = childOf(node, "once");
    const isOnce = flagOf(once) === true;
    const hasCertificate = childOf(node, "tls") !== undefined;
    if (isOnce && !hasCertificate && isReconciled(block, node)) {
      report.warn(
        once!.at,
        keyPath(path, "once"),
        "once has no effect: what is kept as declared is written whenever it renders to something else",
        block === "onReconcile" ? "declare the entry under onCreate" : "remove reconcile",
      );
    }
    const rotateAfter = childOf(node, "rotateAfter");
    if (rotateAfter !== undefined && !isOnce && !hasCertificate) {
      report.warn(
        rotateAfter.at,
        keyPath(path, "rotateAfter"),
        "rotateAfter has no effect without once: only what is made once has an age",
        "add once: true",
      );
    }
  }
}

/** What is made again after a time is a value of its own, and a certificate is made again before it expires. */
function agesMatter({ children, report }: CrdContext): void {
  for (const { shorthand, block, node, path } of children) {
    if (shorthand !== "secrets" || block === "onDelete") continue;
    const rotateAfter = childOf(node, "rotateAfter");
    const tls = childOf(node, "tls");
    const validFor = childOf(tls, "validFor");
    if (rotateAfter !== undefined && tls === undefined && childOf(node, "data") === undefined) {
      report.warn(
        rotateAfter.at,
        keyPath(path, "rotateAfter"),
        "rotateAfter has no effect: a copy has no values of its own to be made again",
        "remove it; or declare the copy under onReconcile, where it follows its source",
      );
    }
    const [rotatedMs, validMs] = [lifetimeOf(rotateAfter), lifetimeOf(validFor)];
    if (rotatedMs !== undefined && validMs !== undefined && validMs <= rotatedMs) {
      report.warn(
        validFor!.at,
        keyPath(path, "tls", "validFor"),
        `The certificate expires before another one is made: rotateAfter is ${textOf(rotateAfter)}`,
        "let it be valid for longer, or leave validFor out",
      );
    }
    const adopt = childOf(node, "adopt");
    if (tls !== undefined && flagOf(adopt) === true) {
      report.warn(
        adopt!.at,
        keyPath(path, "adopt"),
        "adopt has no effect on a certificate: a Secret that is there already is used as it is",
        "remove it",
      );
    }
  }
}

function lifetimeOf(node: Node | undefined): number | undefined {
  const text = textOf(node);
  return text === undefined ? undefined : parseLifetime(text);
}

/** A child of another name in each pass would be another child: under `onCreate` they would have no end. */
function namesAreNotRandom({ children, report }: CrdContext): void {
  for (const { block, metadata, metadataPath, node, path } of children) {
    if (block === "onDelete") continue;
    const places = [
      [childOf(metadata, "name"), keyPath(metadataPath, "name"), "name"],
      [childOf(metadata, "namespace"), keyPath(metadataPath, "namespace"), "namespace"],
      [childOf(node, "toNamespaces"), keyPath(path, "toNamespaces"), "namespace"],
    ] as const;
    for (const [place, at, what] of places) {
      for (const found of randomIn(place, at)) {
        report.error(
          found.node.at,
          found.path,
          `The ${what} of a child cannot be random: "${found.name}" gives another one in each pass, for another child`,
          'derive it from the object, as "{{ .metadata.name }}-key"',
        );
      }
    }
  }
}

/** Where a random value is evaluated again and again there would be no end of changes. */
function randomValuesAreKept({ children, entry, path, report }: CrdContext): void {
  for (const { block, node, path: at, shorthand } of children) {
    if (block === "onDelete" || !isReconciled(block, node)) continue;
    if (shorthand === "secrets" && childOf(node, "tls") !== undefined) continue;
    for (const found of randomIn(node, at)) {
      if (placePaths.test(found.path.slice(at.length))) continue; // an error already
      report.warn(
        found.node.at,
        found.path,
        `"${found.name}" gives another value in each pass, and the child is written each time`,
        "declare it under onCreate; in a Secret with once: true",
      );
    }
  }
  for (const found of randomIn(nodeAt(entry, "operatorBox", "status"), keyPath(path, "operatorBox", "status"))) {
    report.warn(
      found.node.at,
      found.path,
      `"${found.name}" gives another value in each pass, and the status is written each time`,
      "give the field a condition that no longer holds once it is set",
    );
  }
  for (const block of ["normalize", "mutation", "validation"]) {
    for (const found of randomIn(childOf(entry, block), keyPath(path, block))) {
      const hint = "declare a child under onCreate that holds the value";
      report.error(
        found.node.at,
        found.path,
        `Nothing may be random here: "${found.name}" gives another value each time`,
        hint,
      );
    }
  }
}

const placePaths = /^(?:\.metadata)?\.(?:name|namespace|toNamespaces)\b/;

function isReconciled(block: string, node: Node): boolean {
  return block === "onReconcile" || flagOf(childOf(node, "reconcile")) === true;
}

interface Found {
  readonly node: Node;
  readonly path: string;
  readonly name: string;
}

function* randomIn(node: Node | undefined, path: string): Iterable<Found> {
  if (node === undefined) return;
  if (node.type === "list") { for (const [i, item] of node.items.entries()) yield* randomIn(item, itemPath(path, i)); }
  else if (node.type === "map") {
    for (const [key, { value }] of entriesOf(node)) yield* randomIn(value, keyPath(path, key));
  } else {
    const name = node.text.includes("{{") ? calls.exec(node.text)?.[0] : undefined;
    if (name !== undefined) yield { node, path, name };
  }
}

/** No field of that name: `.spec.uuidv4`. */
const calls = new RegExp(`(?<![.$\\w])(?:${[...randomFunctions].join("|")})\\b`);
