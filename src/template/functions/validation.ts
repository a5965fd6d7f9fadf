import { parseJson } from "../../base/json.ts";
import { isDnsSubdomain, isLabelValue, isQualifiedName } from "../../k8s/names.ts";
import { textArgument } from "./arguments.ts";
import { define, type LibraryFunction } from "./function.ts";

const domain = "Validation";

/** Whether a text has a certain form. Absent is none of them. */
export const validation: readonly LibraryFunction[] = [
  test("isValidEmail", "an e-mail address", isEmail),
  test("isValidURL", "a URL with a scheme and a host", (text) => isUrl(text)),
  test("isValidPort", "a port number, 1 to 65535", (text) => /^[1-9]\d{0,4}$/.test(text) && Number(text) <= 65_535),
  test("isValidJSON", "JSON", isJson),
  test("isValidImageRef", "the reference of a container image", isImage),
  test("isValidGitRepository", "the URL of a Git repository", isRepository),
  test("isDNS1123Subdomain", "a name of lower-case letters, digits, hyphens and dots", isDnsSubdomain),
  test("isValidLabelKey", "a key of a label", isQualifiedName),
  test("isValidLabelValue", "a value of a label", isLabelValue),
  test("isValidAnnotationKey", "a key of an annotation", (text) => isQualifiedName(text.toLowerCase())),
];

/** Patterns below look at each character a bounded number of times. */
const maxLength = 65_536;

function test(name: string, what: string, is: (text: string) => boolean): LibraryFunction {
  return define(domain, `${name}(text)`, `Whether it is ${what}`, ([value], budget) => {
    const text = textArgument(value, budget);
    return text.length <= maxLength && is(text);
  });
}

function isEmail(text: string): boolean {
  const at = text.lastIndexOf("@");
  const [local, host] = [text.slice(0, Math.max(at, 0)), text.slice(at + 1)];
  return local.length > 0 && local.length <= 64 &&
    /^[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*$/.test(local) &&
    host.includes(".") && isDnsSubdomain(host.toLowerCase());
}

function isUrl(text: string): boolean {
  const match =
    /^[a-zA-Z][a-zA-Z0-9+.-]*:\/\/(?:[^\s/?#@]*@)?(\[[0-9a-fA-F:.]+\]|[^\s/?#@:]+)(?::\d{1,5})?(?:[/?#]\S*)?$/.exec(
      text,
    );
  return match !== null && match[1] !== "";
}

function isJson(text: string): boolean {
  try {
    parseJson(text);
    return true;
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof RangeError) return false;
    throw error;
  }
}

/** github.com/distribution/reference: `[host[:port]/]path[:tag][@digest]`. */
function isImage(text: string): boolean {
  const [rest = "", digest, ...more] = text.split("@");
  if (
    more.length > 0 ||
    (digest !== undefined && !/^[A-Za-z][A-Za-z0-9]*(?:[-_+.][A-Za-z][A-Za-z0-9]*)*:[0-9a-fA-F]{32,}$/.test(digest))
  ) return false;
  const slash = rest.lastIndexOf("/");
  const colon = rest.indexOf(":", slash + 1);
  const [path, tag] = colon < 0 ? [rest, undefined] : [rest.slice(0, colon), rest.slice(colon + 1)];
  if (tag !== undefined && !/^\w[\w.-]{0,127}$/.test(tag)) return false;
  const parts = path.split("/");
  const [first = ""] = parts;
  const hasHost = parts.length > 1 && (/[.:]/.test(first) || first === "localhost");
  if (hasHost && !/^(?:\[[0-9a-fA-F:]+\]|[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?)(?::\d+)?$/.test(first)) {
    return false;
  }
  const names = hasHost ? parts.slice(1) : parts;
  return path.length <= 255 && names.every((name) => /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*$/.test(name));
}

function isRepository(text: string): boolean {
  if (/^[\w.-]+@[\w.-]+:[\w./~-]+$/.test(text)) return true;
  return /^(?:https?|ssh|git|file):\/\//.test(text) && isUrl(text.replace(/^file:\/\/\//, "file://localhost/")) &&
    /^[^?#]+$/.test(text) &&
    /:\/\/[^/]+\/./.test(text.replace(/^file:\/\/\//, "file://localhost/"));
}
