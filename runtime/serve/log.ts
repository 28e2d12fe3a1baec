/**
 * Structured logs: one JSON document a line, on stderr. Every line of a request carries its `requestId`; keys, signatures and tokens never get in, and
 * should one be handed over by mistake, it is blotted out here.
 */
import { type DestinationStream, destination, pino, stdTimeFunctions } from "pino";
import type { Log } from "../providers/log.ts";
import type { LogLevel } from "./serveSettings.ts";

const SECRETS = ["key", "authorization", "token", "headers.authorization", "*.key", "*.authorization", "*.token"];

/** Writes the lines whose level is asked for. `to`: where they go, default stderr. */
export function openLog(level: LogLevel, to: DestinationStream = destination({ dest: 2, sync: true })): Log {
  const logger = pino(
    {
      level,
      base: null,
      messageKey: "event",
      timestamp: stdTimeFunctions.isoTime,
      formatters: { level: (name) => ({ level: name }) },
      redact: { paths: SECRETS, censor: "…" },
      serializers: { error: showError },
    },
    to,
  );
  return (of, event, fields = {}) => logger[of](fields, event);
}

function showError(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  const { name, message, stack, cause } = error;
  return { name, message, stack, ...(cause === undefined ? {} : { cause: showError(cause) }) };
}
