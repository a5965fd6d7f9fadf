/** An element of a page. */
export interface HtmlElement {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: (HtmlElement | string)[];
}

const voids = new Set(["meta", "link", "input", "br", "img", "hr"]);
/** Their content is no markup. */
const raws = new Set(["script", "style", "title", "textarea"]);
const entities: Readonly<Record<string, string>> = { amp: "&", lt: "<", gt: ">", quot: '"', "#39": "'", apos: "'" };

const attribute = /\s+([^\s"'<>/=]+)(?:="([^"]*)")?/y;

/**
 * Parses a page that is well-formed: every element is closed in order, every attribute is quoted or bare. Throws with the
 * place for anything else, which a browser would guess about.
 */
export function parseHtml(text: string): HtmlElement {
  const root: HtmlElement = { name: "#root", attributes: {}, children: [] };
  const open: HtmlElement[] = [root];
  let at = 0;
  const fail = (what: string): never => {
    throw new Error(`${what} at ${at}: ${text.slice(Math.max(0, at - 60), at + 60)}`);
  };
  if (/^<!DOCTYPE html>/i.test(text)) at = "<!DOCTYPE html>".length;
  while (at < text.length) {
    const top = open.at(-1)!;
    if (text[at] !== "<") {
      const end = text.indexOf("<", at) < 0 ? text.length : text.indexOf("<", at);
      top.children.push(decode(text.slice(at, end)));
      at = end;
      continue;
    }
    const closing = /^<\/([a-z][a-z0-9-]*)>/i.exec(text.slice(at, at + 40));
    if (closing !== null) {
      if (top.name !== closing[1]) fail(`</${closing[1]}> closes <${top.name}>`);
      open.pop();
      at += closing[0].length;
      continue;
    }
    const name = /^<([a-z][a-z0-9-]*)/i.exec(text.slice(at, at + 40))?.[1] ?? fail("No element");
    at += name.length + 1;
    const attributes: Record<string, string> = {};
    for (;;) {
      attribute.lastIndex = at;
      const found = attribute.exec(text);
      if (found === null) break;
      if (Object.hasOwn(attributes, found[1]!)) fail(`Attribute ${found[1]} twice`);
      attributes[found[1]!] = decode(found[2] ?? "");
      at += found[0].length;
    }
    const end = /^\s*(\/?)>/.exec(text.slice(at, at + 20)) ?? fail(`<${name}> does not end`);
    at += end[0].length;
    const element: HtmlElement = { name, attributes, children: [] };
    top.children.push(element);
    if (voids.has(name) || end[1] === "/") continue;
    if (raws.has(name)) {
      const close = text.indexOf(`</${name}>`, at);
      if (close < 0) fail(`<${name}> is not closed`);
      if (close > at) element.children.push(decode(text.slice(at, close)));
      at = close + name.length + 3;
      continue;
    }
    open.push(element);
  }
  if (open.length > 1) fail(`<${open.at(-1)!.name}> is not closed`);
  return root;
}

function decode(text: string): string {
  return text.replace(/&([a-z]+|#\d+);/g, (whole, name: string) => entities[name] ?? whole);
}

/** All elements below, in the order of the page. */
export function elementsOf(element: HtmlElement): HtmlElement[] {
  return element.children.flatMap((child) => typeof child === "string" ? [] : [child, ...elementsOf(child)]);
}

/** The first element that fits. Throws where there is none. */
export function findElement(
  root: HtmlElement,
  fits: (element: HtmlElement) => boolean,
  what = "Such an element",
): HtmlElement {
  const found = elementsOf(root).find(fits);
  if (found === undefined) throw new Error(`${what} is not there`);
  return found;
}

/** What a person reads, with white space as one blank. */
export function textOf(element: HtmlElement): string {
  const raw = (one: HtmlElement): string =>
    one.children.map((child) => typeof child === "string" ? child : ` ${raw(child)} `).join("");
  return raw(element).replace(/\s+/g, " ").trim();
}

/** What a page must not have, whatever its data: code of its own, styles of its own, addresses elsewhere. */
export function unsafeParts(root: HtmlElement): string[] {
  const problems: string[] = [];
  const names = new Map<string, number>();
  for (const { name, attributes, children } of elementsOf(root)) {
    const { id, src, href, action } = attributes;
    if (["iframe", "object", "embed", "base", "style", "img", "template"].includes(name)) problems.push(`<${name}>`);
    if (name === "script" && (children.length > 0 || !/^\/assets\/[0-9a-f]{16}\/[a-z]+\.js$/.test(src ?? ""))) {
      problems.push(`<script src=${src}>${children.join("")}`);
    }
    for (const attribute of Object.keys(attributes)) {
      if (/^on/i.test(attribute) || ["style", "srcdoc", "formaction"].includes(attribute)) {
        problems.push(`${name} ${attribute}`);
      }
    }
    for (const address of [href, action]) {
      if (address !== undefined && !/^(?:\/(?!\/)|#)/.test(address)) problems.push(`${name} leads to ${address}`);
    }
    if (id !== undefined) names.set(id, (names.get(id) ?? 0) + 1);
  }
  for (const [id, count] of names) if (count > 1) problems.push(`${count} elements have the id ${id}`);
  return problems;
}
