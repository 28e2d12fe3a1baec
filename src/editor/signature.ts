/**
 * Which call is being written at a place, and which of its arguments: what an editor shows while one types inside the parentheses.
 */
import type { Source } from "../language/source.ts";
import { type Entry, lookUpAs } from "./lookup.ts";
import { roleOf, type Token, tokensOf } from "./tokens.ts";

/** The innermost open call around a place. */
export interface OpenCall {
  readonly name: string;
  /** `member`: a method of a metric. */
  readonly role: "function" | "member";
  /** Number of the argument being written, from 0. */
  readonly argument: number;
}

/** The innermost call whose parenthesis is open before the token of index `at`; `code` holds no comments. */
export function enclosingCall(code: readonly Token[], at: number): OpenCall | undefined {
  let closed = 0;
  let argument = 0;
  for (let i = Math.min(at, code.length) - 1; i >= 0; i--) {
    const { kind, text } = code[i];
    if (kind !== "sign") continue;
    if (text === ";") return undefined;
    if (text === ")" || text === "]") closed++;
    else if (text === "(" || text === "[") {
      if (closed > 0) closed--;
      else if (text === "(" && code[i - 1]?.kind === "name") {
        return { name: code[i - 1].text, role: roleOf(code, i - 1) === "member" ? "member" : "function", argument };
      } else argument = 0; // a vector or mere parentheses: what counts is the argument that holds them
    } else if (text === "," && closed === 0) argument++;
  }
  return undefined;
}

/** What `signatureAt` answers. */
export interface SignatureHelp extends OpenCall {
  readonly entry: Entry;
}

/** The built-in whose arguments are being written at the offset; undefined outside calls, and in calls of unknown names. */
export function signatureAt(source: Source, offset: number): SignatureHelp | undefined {
  const code = tokensOf(source.text).filter((token) => token.kind !== "comment");
  let at = 0;
  while (at < code.length && code[at].end <= offset) at++;
  const call = enclosingCall(code, at);
  const entry = call && lookUpAs(call.role, call.name);
  return entry && { ...call, entry };
}
