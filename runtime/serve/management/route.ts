/**
 * What a management operation sees and answers. Shapes are those of Azure Resource Manager, so that its clients can be pointed at this server: resources
 * with `id`, `name`, `type`, `properties`; lists as `{ value: […] }`; errors as `{ error: { code, message } }`.
 */
import type { AccountRegistry } from "../accounts/registry.ts";
import type { OpenAccount } from "../accounts/openAccount.ts";
import type { TokenIssuer } from "../tokens/issuer.ts";

/** A JSON object from outside; own properties only are read. */
export type Json = Readonly<Record<string, unknown>>;

/** A management request in order: who asks was checked, the body is a JSON object. */
export interface ManagementCall {
  /** Path of the resource as it was asked for, decoded, without the query. */
  readonly resource: string;
  /** Decoded parts of the path by the names of the route: subscriptionId, resourceGroup, account, name … */
  readonly path: Readonly<Record<string, string>>;
  /** Names in lower case. */
  readonly query: ReadonlyMap<string, string>;
  readonly headers: Readonly<Record<string, string | undefined>>;
  /** `{}` when the request has none. */
  readonly body: Json;
  /** `<scheme>://<host>:<port>` as the client wrote it. */
  readonly url: string;
  /** All accounts of this server, and the documents of the subscription around them (`accounts.landscape`). */
  readonly accounts: AccountRegistry;
  readonly issuer: TokenIssuer;
  /** Of a route with `{account}` in its path: that account, open. Throws 404 ResourceNotFound; throws 409 while its vault is locked. */
  account(): OpenAccount;
}

/** What is sent back. */
export interface ManagementReply {
  readonly status: number;
  readonly body?: object;
  readonly headers?: Readonly<Record<string, string>>;
}

/**
 * One row of the router's table. In `path` a segment `{name}` stands for any text, one `{name...}` for one or more segments; other segments are
 * compared without case.
 */
export interface ManagementRoute {
  readonly method: "GET" | "PUT" | "PATCH" | "POST" | "DELETE" | "HEAD";
  readonly path: string;
  handle(call: ManagementCall): ManagementReply | Promise<ManagementReply>;
}

/** Path of everything in a resource group, and of a Batch account in one. */
export const GROUP = "/subscriptions/{subscriptionId}/resourceGroups/{resourceGroup}";
export const BATCH_ACCOUNT: string = `${GROUP}/providers/Microsoft.Batch/batchAccounts/{account}`;

/** A refusal in the shape of Azure Resource Manager. */
export class ManagementError extends Error {
  override readonly name = "ManagementError";
  readonly status: number;
  readonly code: string;
  readonly target: string | undefined;
  /** `target`: the property that is wrong, if it is one. */
  constructor(status: number, code: string, message: string, target?: string) {
    super(message);
    this.status = status;
    this.code = code;
    this.target = target;
  }
}

/** 400 for a property of the body that may not be so. */
export function badBody(property: string, why: string, code = "InvalidRequestBody"): ManagementError {
  return new ManagementError(400, code, `${property}: ${why}`, property);
}

/** 404 for a resource that is not there. */
export function notFound(type: string, name: string): ManagementError {
  return new ManagementError(404, "ResourceNotFound", `there is no ${type} ${shown(name)}`);
}

/** A text from outside, short enough and without control characters, to be put into a message. */
export function shown(value: unknown): string {
  const text = typeof value === "string" ? value : (JSON.stringify(value) ?? "nothing");
  const plain = text.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e]/g, "·");
  return plain.length > 120 ? `${plain.slice(0, 119)}…` : plain;
}

/** An object within a body; undefined when there is none. Throws 400 for anything else. */
export function objectIn(body: Json | undefined, name: string, place: string = name): Json | undefined {
  const value = own(body, name);
  if (value === undefined || value === null) return undefined;
  if (typeof value !== "object" || Array.isArray(value)) throw badBody(place, "an object is required");
  return value as Json;
}

/** A text within a body, of at most `lengthMax` characters; undefined when there is none. Throws 400 for anything else. */
export function textIn(body: Json | undefined, name: string, place: string = name, lengthMax = 1024): string | undefined {
  const value = own(body, name);
  if (value === undefined || value === null) return undefined;
  if (typeof value !== "string") throw badBody(place, "a text is required");
  if (value.length > lengthMax) throw badBody(place, `at most ${lengthMax} characters`);
  if (/[\u0000-\u001f\u007f]/.test(value)) throw badBody(place, "no control characters");
  return value;
}

/** A whole number from 0 on within a body; undefined when there is none. Throws 400 for anything else. */
export function countIn(body: Json | undefined, name: string, place: string = name): number | undefined {
  const value = own(body, name);
  if (value === undefined || value === null) return undefined;
  if (typeof value !== "number" || !Number.isSafeInteger(value) || value < 0)
    throw badBody(place, "a whole number from 0 on is required");
  return value;
}

/** Yes or no within a body; undefined when there is none. Throws 400 for anything else. */
export function flagIn(body: Json | undefined, name: string, place: string = name): boolean | undefined {
  const value = own(body, name);
  if (value === undefined || value === null) return undefined;
  if (typeof value !== "boolean") throw badBody(place, "true or false is required");
  return value;
}

const own = (body: Json | undefined, name: string): unknown =>
  body !== undefined && Object.hasOwn(body, name) ? body[name] : undefined;
