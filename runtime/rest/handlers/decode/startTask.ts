/** A start task of the wire as the core's spec (P-100 to P-110). */
import type { StartTaskSpec } from "../../../core/node.ts";
import type { JsonObject } from "../../call.ts";
import { badProperty } from "../../errors.ts";
import { flag, given, text, whole } from "../read.ts";
import { commandDetails } from "./command.ts";

/** Command, files and environment together, in characters (P-108). */
const START_TASK_LENGTH_MAX = 32_768;

/** Undefined stays undefined: no start task. Throws 400 for one that is too long or whose files and environment are wrong. */
export function startTaskSpec(body: JsonObject | undefined, place = "startTask"): StartTaskSpec | undefined {
  if (body === undefined) return undefined;
  const length = JSON.stringify(body).length;
  if (length > START_TASK_LENGTH_MAX)
    throw badProperty(
      place,
      `(${length} characters)`,
      `at most ${START_TASK_LENGTH_MAX} characters with files and environment`,
    );
  return {
    commandLine: text(body, "commandLine") ?? "",
    maxTaskRetryCount: whole(body, "maxTaskRetryCount") ?? 0,
    // P-104: the texts disagree for older versions; true is what all versions since 2019-08 do.
    waitForSuccess: flag(body, "waitForSuccess") ?? true,
    ...given("opaque", commandDetails(body, `${place}.`)),
  };
}
