/**
 * Where the parts of a service tell what they do: providers, the loop, the wire, the server. The type stands at the lowest rank that has something to tell;
 * whoever puts the parts together says where lines go (runtime/serve/log.ts).
 */

/** Tells one event; `fields` are plain data and errors. */
export type Log = (level: "debug" | "info" | "warn" | "error", event: string, fields?: object) => void;
