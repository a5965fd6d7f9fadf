import { isDnsLabel, isDnsSubdomain, isLabelValue, isQualifiedName } from "../../k8s/names.ts";

/**
 * The rules of names, in the words of k8s.io/apimachinery/pkg/util/validation. Each returns what is wrong, or nothing.
 */

const subdomainRule =
  "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', " +
  "and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is " +
  "'[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";
const labelRule =
  "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start " +
  "and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is " +
  "'[a-z0-9]([-a-z0-9]*[a-z0-9])?')";
const nameRegex = "([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]";
const nameExamples = "(e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is " + `'${nameRegex}')`;
const characters =
  "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character";

export function subdomainProblems(name: string): string[] {
  const problems: string[] = [];
  if (name.length > 253) problems.push("must be no more than 253 characters");
  if (!/^[a-z0-9](?:[-a-z0-9]*[a-z0-9])?(?:\.[a-z0-9](?:[-a-z0-9]*[a-z0-9])?)*$/.test(name)) {
    problems.push(subdomainRule);
  }
  return problems;
}

export function labelProblems(name: string): string[] {
  if (name.includes(".")) return ["must not contain dots"];
  const problems: string[] = [];
  if (name.length > 63) problems.push("must be no more than 63 characters");
  if (!isDnsLabel(name.slice(0, 63)) && !/^[a-z0-9](?:[-a-z0-9]*[a-z0-9])?$/.test(name)) problems.push(labelRule);
  return problems;
}

/** A label that begins with a letter, as DNS had them once. */
export function label1035Problems(name: string): string[] {
  const problems: string[] = [];
  if (name.length > 63) problems.push("must be no more than 63 characters");
  if (!/^[a-z](?:[-a-z0-9]*[a-z0-9])?$/.test(name)) {
    problems.push(
      "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic " +
        "character, and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for validation " +
        "is '[a-z]([-a-z0-9]*[a-z0-9])?')",
    );
  }
  return problems;
}

/** A key of labels, annotations and finalizers. */
export function keyProblems(key: string): string[] {
  if (isQualifiedName(key)) return [];
  const parts = key.split("/");
  if (parts.length > 2) {
    return [
      `a valid label key ${characters} ${nameExamples} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')`,
    ];
  }
  const problems: string[] = [];
  if (parts.length === 2) {
    if (parts[0] === "") problems.push("prefix part must be non-empty");
    else if (!isDnsSubdomain(parts[0]!)) {
      problems.push(...subdomainProblems(parts[0]!).map((why) => `prefix part ${why}`));
    }
  }
  const name = parts.at(-1)!;
  if (name === "") problems.push("name part must be non-empty");
  if (name.length > 63) problems.push("name part must be no more than 63 bytes");
  if (!new RegExp(`^${nameRegex}$`).test(name)) problems.push(`name part ${characters} ${nameExamples}`);
  return problems;
}

export function labelValueProblems(value: string): string[] {
  if (isLabelValue(value)) return [];
  if (value.length > 63) return ["must be no more than 63 bytes"];
  return [
    "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end " +
    "with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is " +
    "'(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')",
  ];
}

/** A segment of a URL path: names of roles and bindings. */
export function segmentProblems(name: string): string[] {
  if (name === "." || name === "..") return [`may not be '${name}'`];
  const problems: string[] = [];
  if (name.includes("/")) problems.push("may not contain '/'");
  if (name.includes("%")) problems.push("may not contain '%'");
  return problems;
}

/** A key in the data of a ConfigMap or Secret. */
export function dataKeyProblems(key: string): string[] {
  const problems: string[] = [];
  if (key.length > 253) problems.push("must be no more than 253 characters");
  if (!/^[-._a-zA-Z0-9]+$/.test(key)) {
    problems.push(
      "a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or " +
        "'key-name', regex used for validation is '[-._a-zA-Z0-9]+')",
    );
  }
  if (key === "." || key === "..") problems.push(`must not be '${key}'`);
  else if (key.startsWith("..")) problems.push("must not start with '..'");
  return problems;
}

/** The name of a port, `IANA_SVC_NAME`. */
export function portNameProblems(name: string): string[] {
  const problems: string[] = [];
  if (name.length > 15) problems.push("must be no more than 15 characters");
  if (!/^[-a-z0-9]*$/.test(name)) {
    problems.push("must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)");
  }
  if (problems.length === 0 && !/[a-z]/.test(name)) problems.push("must contain at least one letter (a-z)");
  if (name.includes("--")) problems.push("must not contain consecutive hyphens");
  if (name.startsWith("-") || name.endsWith("-")) problems.push("must not begin or end with a hyphen");
  return problems;
}

/** The name of an environment variable, in its relaxed form. */
export function environmentProblems(name: string): string[] {
  return /^[ -<>-~]+$/.test(name)
    ? []
    : ["a valid environment variable name must consist only of printable ASCII characters other than '='"];
}

/** The name of an HTTP header. */
export function headerProblems(name: string): string[] {
  return /^[-A-Za-z0-9]+$/.test(name) ? [] : [
    "a valid HTTP header must consist of alphanumeric characters or '-' (e.g. 'X-Header-Name', regex used for " +
    "validation is '[-A-Za-z0-9]+')",
  ];
}

/** The name of a CSI driver. */
export function driverProblems(name: string): string[] {
  return subdomainProblems(name.toLowerCase());
}

export function portProblems(port: number): string[] {
  return port >= 1 && port <= 65535 ? [] : ["must be between 1 and 65535, inclusive"];
}

export function percentProblems(text: string): string[] {
  return /^[0-9]+%$/.test(text) ? [] : [
    "a valid percent string must be a numeric string followed by an ending '%' (e.g. '1%',  or '93%', regex used for " +
    "validation is '[0-9]+%')",
  ];
}
