/**
 * What showing an entity needs besides the entity: where links lead, which words the client's api-version uses, and the time. The core's spec of an
 * entity and what it carries unread (`opaque`) become one wire object again; properties that are undefined are left out when the object is written.
 */
import type { Settings } from "../../core/settings.ts";
import type { FailureInfo } from "../../core/taskOutcome.ts";
import type { Call, JsonObject } from "../call.ts";
import type { ApiVersion } from "../versions.ts";

/** How one request wants entities shown. */
export interface View {
  /** Scheme, host and port of links. */
  readonly base: string;
  readonly version: ApiVersion;
  readonly settings: Settings;
  /** Service time, milliseconds since 1970. */
  readonly now: number;
  /** `$expand=stats` was asked for. */
  readonly stats: boolean;
}

/** How this call's client is to be answered. */
export function viewOf(call: Call): View {
  return {
    base: call.account.url,
    version: call.version,
    settings: call.service.world.settings,
    now: call.service.now(),
    stats: call.query.$expand === "stats",
  };
}

/** Declares an object of wire properties, some of which may be undefined, to be what the frame writes. */
export function wire(properties: { readonly [name: string]: unknown }): JsonObject {
  return properties as JsonObject;
}

/** Properties of an entity's `opaque`, of whatever shape its owner gave them. */
export function details<T>(opaque: unknown): T {
  return (opaque ?? {}) as T;
}

/** A failure of a task, of a start, preparation or release task, or of the scheduling of a job. */
export function showFailure(failure: FailureInfo | undefined): JsonObject | undefined {
  if (failure === undefined) return undefined;
  const { category, code, message } = failure;
  return { category, code, message, details: [{ name: "Message", value: message }] };
}
