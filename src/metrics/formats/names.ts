/**
 * Which metric of a formula a foreign name stands for. Monitoring systems have conventions of their own (`batch_pending_tasks`,
 * `PendingTasks`); the words in them are mostly the service's. An explicit mapping goes before everything we could guess.
 */
import type { ReadOptions } from "./problems.ts";

/** The metric's name with its `$`, or undefined if none can be told. */
export function metricNamed(foreign: string, options: ReadOptions, known: ReadonlySet<string> | undefined): string | undefined {
  const mapped = options.names?.get(foreign);
  if (mapped !== undefined) return mapped;
  if (foreign.startsWith("$")) return foreign;
  const folded = fold(foreign);
  if (known !== undefined) {
    for (const name of known) if (fold(name) === folded) return name;
    return undefined;
  }
  const words = withoutPrefix(foreign)
    .split(/[_\s]+/)
    .filter((word) => word !== "");
  if (words.length === 0 || !words.every((word) => /^[A-Za-z0-9]+$/.test(word))) return undefined;
  return `$${words.map((word) => word[0].toUpperCase() + word.slice(1)).join("")}`;
}

/** Letters and digits only, small: `batch_cpu_percent`, `CPUPercent` and `$CPUPercent` are one. */
function fold(name: string): string {
  return withoutPrefix(name)
    .replace(/[^A-Za-z0-9]/g, "")
    .toLowerCase();
}

function withoutPrefix(name: string): string {
  return name.replace(/^(?:azure_)?batch_(?:pool_)?/, "");
}
