/**
 * A small pretty printer after Wadler ("A prettier printer"): a document says where lines may break, and a group either fits on the rest
 * of its line or all its breaks become line ends. Works with stacks of its own, so the height of a document does not matter.
 */

/** `blank` is a space or a line end, `soft` nothing or a line end, `hard` always a line end (its groups must be made broken). */
export type Break = { readonly kind: "break"; readonly as: "blank" | "soft" | "hard" };
export type Layout =
  | string
  | readonly Layout[]
  | Break
  /** A comment; its width does not count. */
  | { readonly kind: "comment"; readonly text: string }
  /** Lines that begin inside are indented by one step more. */
  | { readonly kind: "indent"; readonly body: Layout }
  | { readonly kind: "group"; readonly body: Layout; readonly broken: boolean };

export const BLANK: Break = { kind: "break", as: "blank" };
export const SOFT: Break = { kind: "break", as: "soft" };
export const HARD: Break = { kind: "break", as: "hard" };

export const indent = (body: Layout): Layout => ({ kind: "indent", body });
/** `broken`: it holds a hard break. */
export const group = (body: Layout, broken: boolean): Layout => ({ kind: "group", body, broken });

const STEP = 2;

interface Piece {
  readonly layout: Layout;
  readonly indentation: number;
  readonly flat: boolean;
}

/** The text of a document with lines of at most `width` columns where its breaks allow. */
export function render(document: Layout, width: number): string {
  const out: string[] = [];
  const stack: Piece[] = [{ layout: document, indentation: 0, flat: false }];
  let column = 0;
  for (let piece = stack.pop(); piece !== undefined; piece = stack.pop()) {
    const { layout, indentation, flat } = piece;
    if (typeof layout === "string") {
      out.push(layout);
      column += layout.length;
    } else if (isList(layout)) {
      for (let i = layout.length - 1; i >= 0; i--) stack.push({ layout: layout[i], indentation, flat });
    } else if (layout.kind === "comment") {
      out.push(layout.text);
    } else if (layout.kind === "indent") {
      stack.push({ layout: layout.body, indentation: indentation + STEP, flat });
    } else if (layout.kind === "group") {
      const inner = { layout: layout.body, indentation, flat: true };
      stack.push(flat || (!layout.broken && fits(inner, stack, width - column)) ? inner : { ...inner, flat: false });
    } else if (flat && layout.as !== "hard") {
      out.push(layout.as === "blank" ? " " : "");
      column += layout.as === "blank" ? 1 : 0;
    } else {
      out.push("\n", " ".repeat(indentation));
      column = indentation;
    }
  }
  return out.join("");
}

/** Whether a piece laid flat, and what follows it up to the next break that is a line end, fits into `room` columns. */
function fits(piece: Piece, rest: readonly Piece[], room: number): boolean {
  const stack: Piece[] = [piece];
  let below = rest.length;
  let left = room;
  while (left >= 0) {
    const next = stack.pop() ?? (below > 0 ? rest[--below] : undefined);
    if (next === undefined) return true;
    const { layout, flat } = next;
    if (typeof layout === "string") left -= layout.length;
    else if (isList(layout)) for (let i = layout.length - 1; i >= 0; i--) stack.push({ ...next, layout: layout[i] });
    else if (layout.kind === "indent") stack.push({ ...next, layout: layout.body });
    else if (layout.kind === "group") stack.push({ ...next, layout: layout.body, flat: flat && !layout.broken });
    else if (layout.kind === "break") {
      if (!flat || layout.as === "hard") return true;
      left -= layout.as === "blank" ? 1 : 0;
    }
  }
  return false;
}

function isList(layout: Layout): layout is readonly Layout[] {
  return Array.isArray(layout);
}
