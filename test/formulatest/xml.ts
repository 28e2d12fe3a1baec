/**
 * A strict check that a text is a well-formed XML 1.0 document of elements, attributes and text, for reading our own reports back: no comments, no
 * CDATA, no DTD. Anything that a parser would have to refuse, or that we never write, throws.
 */

export interface Element {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: Element[];
  /** The text directly inside, entities resolved. */
  text: string;
}

const ENTITIES: Readonly<Record<string, string>> = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'" };
const NAME = "[A-Za-z_:][\\w:.-]*";

/** Reads a document; throws where it is not well formed. */
export function readXml(document: string): Element {
  if (/[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/u.test(document))
    throw new Error("a character that XML does not allow");
  const declaration = /^<\?xml version="1\.0" encoding="UTF-8"\?>\n/.exec(document);
  if (declaration === null) throw new Error("no declaration");
  const open: Element[] = [];
  let root: Element | undefined;
  let at = declaration[0].length;
  const tag = new RegExp(`<(/?)(${NAME})((?:\\s+${NAME}="[^"<]*")*)\\s*(/?)>`, "y");
  while (at < document.length) {
    const next = document.indexOf("<", at);
    const text = document.slice(at, next < 0 ? document.length : next);
    if (text.includes("]]>")) throw new Error("]]> in text");
    const parent = open.at(-1);
    if (parent !== undefined) parent.text += resolved(text);
    else if (text.trim() !== "") throw new Error(`text outside of the root: ${text}`);
    if (next < 0) break;
    tag.lastIndex = next;
    const match = tag.exec(document);
    if (match === null) throw new Error(`no tag: ${document.slice(next, next + 60)}`);
    at = tag.lastIndex;
    const [, closing, name, given, empty] = match;
    if (closing === "/") {
      if (open.pop()?.name !== name) throw new Error(`</${name}> closes nothing`);
      continue;
    }
    const element: Element = { name, attributes: attributesOf(given), children: [], text: "" };
    if (parent !== undefined) parent.children.push(element);
    else if (root !== undefined) throw new Error("two roots");
    else root = element;
    if (empty === "") open.push(element);
  }
  if (open.length > 0 || root === undefined) throw new Error("the document breaks off");
  return root;
}

function attributesOf(text: string): Record<string, string> {
  const attributes: Record<string, string> = {};
  for (const [, name, value] of text.matchAll(new RegExp(`(${NAME})="([^"]*)"`, "g"))) {
    if (Object.hasOwn(attributes, name)) throw new Error(`two attributes ${name}`);
    // A parser turns line ends and tabs in attributes into blanks, so they may not stand there as they are.
    if (/[\n\r\t]/.test(value)) throw new Error("white space in an attribute would change");
    attributes[name] = resolved(value);
  }
  return attributes;
}

function resolved(text: string): string {
  return text.replace(/&([^;]*);?/g, (whole, name: string) => {
    if (!whole.endsWith(";")) throw new Error(`no entity: ${whole}`);
    if (/^#\d+$/.test(name)) return String.fromCodePoint(Number(name.slice(1)));
    if (!Object.hasOwn(ENTITIES, name)) throw new Error(`no entity: ${whole}`);
    return ENTITIES[name];
  });
}
