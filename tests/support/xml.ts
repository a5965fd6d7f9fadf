/** An element of an XML document. */
export interface XmlElement {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: (XmlElement | string)[];
}

const name = /[A-Za-z_:][\w:.-]*/y;
const attribute = /\s+([A-Za-z_:][\w:.-]*)="([^"<]*)"/y;
const reference = /&(?:(amp|lt|gt|quot|apos)|#(\d+)|#x([\da-fA-F]+));/y;
const entities: Readonly<Record<string, string>> = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'" };

/**
 * Parses a document of elements, attributes in double quotes and text; nothing else is taken, no declaration, comment or
 * CDATA section. Throws with the place where it is not well-formed.
 */
export function parseXml(text: string): XmlElement {
  let at = 0;
  const fail = (why: string): never => {
    throw new Error(`${why} at ${at}: ${JSON.stringify(text.slice(at, at + 40))}`);
  };
  const match = (pattern: RegExp): RegExpExecArray | undefined => {
    pattern.lastIndex = at;
    const found = pattern.exec(text) ?? undefined;
    if (found !== undefined) at = pattern.lastIndex;
    return found;
  };
  const expect = (wanted: string): void => {
    if (!text.startsWith(wanted, at)) fail(`Expected ${wanted}`);
    at += wanted.length;
  };
  const decoded = (raw: string): string =>
    raw.replace(/&[^;]*;?/g, (found) => {
      reference.lastIndex = 0;
      const [whole, entity, decimal, hex] = reference.exec(found) ?? [];
      if (whole !== found) return fail(`${found} is no reference, before what is`);
      if (entity !== undefined) return entities[entity]!;
      return String.fromCodePoint(decimal === undefined ? parseInt(hex!, 16) : Number(decimal));
    });
  const element = (): XmlElement => {
    expect("<");
    const opened = match(name)?.[0] ?? fail("Expected the name of an element");
    const attributes: Record<string, string> = {};
    for (let found = match(attribute); found !== undefined; found = match(attribute)) {
      if (Object.hasOwn(attributes, found[1]!)) fail(`The attribute ${found[1]} is there twice, before what is`);
      attributes[found[1]!] = decoded(found[2]!);
    }
    match(/\s*/y);
    const children: XmlElement["children"] = [];
    if (text.startsWith("/>", at)) {
      at += 2;
      return { name: opened, attributes, children };
    }
    expect(">");
    while (!text.startsWith("</", at)) {
      if (at >= text.length) fail(`${opened} is not closed`);
      if (text[at] === "<") children.push(element());
      else children.push(decoded(match(/[^<]+/y)![0]));
    }
    at += 2;
    const closed = match(name)?.[0];
    if (closed !== opened) fail(`${opened} is closed as ${closed}, before what is`);
    expect(">");
    return { name: opened, attributes, children };
  };
  match(/\s*/y);
  const root = element();
  match(/\s*/y);
  if (at < text.length) fail("Expected the end of the document");
  return root;
}

/** The element and everything in it, in document order. */
export function xmlElements(root: XmlElement): XmlElement[] {
  return [root, ...root.children.flatMap((child) => typeof child === "string" ? [] : xmlElements(child))];
}

/** All text in an element. */
export function xmlText({ children }: XmlElement): string {
  return children.map((child) => typeof child === "string" ? child : xmlText(child)).join("");
}
