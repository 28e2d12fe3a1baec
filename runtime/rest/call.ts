/**
 * One request between the wire and its handler. The frame has already checked the signature, the version, the path, the query, the conditional headers'
 * form and the body against the operation's model; a handler reads the world, submits at most a few commands and answers.
 */
import type { Service } from "../host/service.ts";
import type { NodeFiles } from "../providers/nodeFiles.ts";
import type { NodeLogins } from "../providers/nodeLogins.ts";
import type { AccountFacts } from "./accountFacts.ts";
import type { Operation } from "./operations.ts";
import type { ApiVersion } from "./versions.ts";

/** What a JSON text can hold. */
export type Json = null | boolean | number | string | readonly Json[] | JsonObject;
/** A property that is undefined is as if it were not there. */
export type JsonObject = { readonly [name: string]: Json | undefined };

/** Of the account that the service plays. */
interface AccountInfo extends AccountFacts {
  readonly name: string;
  /** `<scheme>://<host>:<port>` as the client wrote it; links are made from it. */
  readonly url: string;
}

/** Conditional headers (L-50, L-51), as instants and bare ETags. */
export interface Conditions {
  readonly ifMatch?: string;
  readonly ifNoneMatch?: string;
  readonly ifModifiedSince?: number;
  readonly ifUnmodifiedSince?: number;
}

/** Bytes asked for by `ocp-range`; `end` inclusive, left out: to the last. */
export interface ByteRange {
  readonly start: number;
  readonly end?: number;
}

/** A request that is in order, as its handler sees it. */
export interface Call {
  readonly operation: Operation;
  readonly version: ApiVersion;
  /** Decoded parts of the path by name: poolId, jobId, filePath … */
  readonly path: Readonly<Record<string, string>>;
  /**
   * Decoded query parameters of this operation, `$filter`, `$select` and paging apart: `$expand` is "stats" or missing, `recursive` and `force` "true" or
   * "false", `starttime` and `endtime` instants that can be read.
   */
  readonly query: Readonly<Record<string, string>>;
  readonly conditions: Conditions;
  readonly range?: ByteRange;
  /**
   * Checked against `operation.requestModel`; undefined when the operation takes none or none was sent. Enumerations are spelled as in `models/enums.ts`,
   * names of older versions are replaced by the present ones (`blobSource` by `httpUrl`), nulls and read-only properties are gone.
   */
  readonly body?: JsonObject;
  readonly account: AccountInfo;
  /** A task's token reaches its own job and nothing else (L-63). */
  readonly onlyJob?: string;
  readonly service: Service;
  readonly files: NodeFiles;
  /** Undefined: nobody can log in to nodes. */
  readonly logins?: NodeLogins;
}

/**
 * A key of an item, unique in its list, by which paging goes on while items come and go. Numbers: `items` come in ascending order of them. Texts: the
 * frame sorts by them, by code units.
 */
export type PageKey = string | number;

/**
 * What is sent back. Lists give `items` in a fixed order, as a function of nothing but the world: the frame filters, selects, pages and links. One object goes
 * out as `body`, after `$select`. Properties that are undefined are left out; instants and durations are strings already.
 */
export interface Reply {
  readonly status: number;
  readonly body?: JsonObject;
  readonly items?: Iterable<unknown>;
  /** Makes the wire object of one of `items`; called only for what is sent or filtered. */
  readonly show?: (item: never) => JsonObject;
  /** Required for paged lists: the item's id in lower case, or a number that grows along the list. */
  readonly key?: (item: never) => PageKey;
  /** Of long lists with a number as key: the items behind it, where the list can be entered there without a walk from its beginning. */
  readonly itemsAfter?: (key: never) => Iterable<unknown>;
  /**
   * Of long lists: a property that `$filter` may name (`state`, `executionInfo/exitCode`), read without making the wire object; instants as milliseconds.
   * `undefined`: the item has no such property. Left out: the frame looks into the wire object.
   */
  readonly field?: (item: never, name: string) => string | number | boolean | undefined;
  /** Entity tag and time of change of what was read or written. */
  readonly eTag?: string;
  readonly lastModifiedAt?: number;
  /** URL of what was made or acted on: `DataServiceId`, and `Location` when it is 201. */
  readonly url?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly stream?: AsyncIterable<Uint8Array>;
}

/** Answers one operation. Throws BatchError to refuse; anything else it throws is our mistake. */
export type Handler = (call: Call) => Reply | Promise<Reply>;
