/**
 * The shape of a scenario file, once: it judges files, gives the type of what was read, and is written out as JSON Schema for editors. Descriptions
 * say what to write; messages quote them. Texts stay texts here, so that the shape says the same in and out; `readScenario` makes numbers of them.
 */
import * as z from "zod";
import { targetMax } from "../../src/base/limits.ts";
import { parseDuration, parseInstant } from "../../src/base/time.ts";

const SEED_MAX = 4_294_967_295;
const SLOTS_MAX = 256;
const COUNT_MAX = 10_000_000;
const START_MIN = parseInstant("1970-01-01")!;
const START_MAX = parseInstant("9000-01-01")!;
const DURATION_MAX = parseDuration("P36500D")!;

/** Not negative, at most a century. */
const duration = z
  .string()
  .refine((text) => {
    const ticks = text.length > 60 ? undefined : parseDuration(text);
    return ticks !== undefined && ticks >= 0n && ticks <= DURATION_MAX;
  })
  .describe("an ISO 8601 duration such as PT30S, PT5M or P1D");
const time = z
  .string()
  .refine((text) => {
    const instant = parseInstant(text);
    return instant !== undefined && instant >= START_MIN && instant <= START_MAX;
  })
  .describe("a time such as 2026-01-31T08:00:00Z, from 1970 to 9000");
const share = z.number().min(0).max(1).describe("a share from 0 to 1");
const rate = z.number().min(0).max(1e6).describe("a number of 0 or more");
const count = z.int().min(0).max(COUNT_MAX).describe(`a whole number from 0 to ${COUNT_MAX}`);
const slots = z.int().min(1).max(SLOTS_MAX).describe(`a whole number from 1 to ${SLOTS_MAX}`);
const nodes = z.int().min(0).max(targetMax.value).describe("a whole number of nodes");
const cores = z.int().min(0).max(targetMax.value).describe("a whole number of cores");
const retries = z.int().min(-1).max(targetMax.value).describe("a whole number: -1 always, 0 never");
const positive = z.number().positive().max(1e9).describe("a number above 0");
const price = z.number().min(0).max(1e9).describe("a price of a node hour, 0 or more");
const text = z.string().min(1).describe("a text");

const distribution = z
  .discriminatedUnion("kind", [
    z.strictObject({ kind: z.literal("constant"), mean: duration }),
    z.strictObject({ kind: z.literal("exponential"), mean: duration }),
    z.strictObject({ kind: z.literal("uniform"), min: duration, max: duration }),
    z.strictObject({
      kind: z.literal("lognormal"),
      mean: duration,
      sigma: z.number().min(0).max(10).describe("a number from 0 to 10"),
    }),
  ])
  .describe(
    "a distribution such as { kind: constant, mean: PT3M }; kinds are constant, exponential, uniform (min, max), lognormal (mean, sigma)",
  );

const arrivals = z
  .discriminatedUnion("kind", [
    z.strictObject({
      kind: z.literal("poisson"),
      rate: positive.describe("tasks a second, above 0"),
      count,
      dailySwing: share.describe("how far the rate swings with the day, 0 to 1").optional(),
    }),
    z.strictObject({ kind: z.literal("constant"), rate: positive.describe("tasks a second, above 0"), count }),
    z.strictObject({
      kind: z.literal("batch"),
      size: z.int().min(1).describe("tasks at once, 1 or more"),
      every: duration,
      count,
    }),
  ])
  .describe(
    "arrivals such as { kind: poisson, rate: 0.5, count: 1000 }, rate in tasks a second; kinds are poisson, constant, batch (size, every)",
  );

export const scenarioSchema = z
  .strictObject({
    $schema: z.string().optional(),
    title: text.optional(),
    seed: z.int().min(0).max(SEED_MAX).describe(`a whole number from 0 to ${SEED_MAX}`).optional(),
    start: time.optional(),
    pool: z
      .strictObject({
        vmSize: text.describe("a size such as standard_d4_v3").optional(),
        coresPerNode: z.int().min(1).max(65_536).describe("cores of a node, where the size does not say").optional(),
        taskSlotsPerNode: slots.optional(),
        nodeFillType: z.enum(["spread", "pack"]).describe("spread or pack").optional(),
        formula: text.describe("a formula file, relative to the scenario").optional(),
        formulaText: text.describe("the text of a formula").optional(),
        autoScaleEvaluationInterval: duration.describe("an ISO 8601 duration from PT5M to PT168H").optional(),
        targetDedicatedNodes: nodes.optional(),
        targetLowPriorityNodes: nodes.optional(),
        samplePeriod: duration.optional(),
        sampleDelay: duration.optional(),
        node: z
          .strictObject({
            allocation: distribution.optional(),
            boot: distribution.optional(),
            price: z
              .strictObject({ dedicated: price.optional(), lowPriority: price.optional() })
              .describe("prices of a node hour: dedicated, lowPriority")
              .optional(),
          })
          .describe("allocation, boot and price of a node")
          .optional(),
        startTask: z
          .strictObject({
            duration: distribution,
            failures: share.optional(),
            maxTaskRetryCount: retries.optional(),
            waitForSuccess: z.boolean().describe("true or false").optional(),
          })
          .describe("the start task: duration, failures, maxTaskRetryCount, waitForSuccess")
          .optional(),
      })
      .describe("the pool: vmSize, taskSlotsPerNode, formula or targetDedicatedNodes, node"),
    workload: z
      .strictObject({
        trace: text.describe("a workload file (.swf, .jsonl, each also .gz), relative to the scenario").optional(),
        jobs: z.enum(["one", "user"]).describe("one or user: a job for all tasks of a log, or one for each user").optional(),
        from: duration.optional(),
        to: duration.optional(),
        keep: share.describe("the share of the tasks that is kept, above 0 to 1").optional(),
        timeCompression: positive.describe("how many times faster tasks arrive, above 0").optional(),
        slotsMax: slots.optional(),
        countMax: count.optional(),
        arrivals: arrivals.optional(),
        duration: distribution.optional(),
        slots: slots.optional(),
        maxTaskRetryCount: retries.optional(),
      })
      .describe("the workload: trace, or arrivals and duration"),
    quota: z
      .strictObject({ dedicatedCores: cores.optional(), lowPriorityCores: cores.optional() })
      .describe("quotas: dedicatedCores, lowPriorityCores")
      .optional(),
    faults: z
      .strictObject({
        preemptionsPerNodeHour: rate.optional(),
        spot: z.enum(["calm", "usual", "rough"]).describe("calm, usual or rough").optional(),
        nodeFailuresPerNodeHour: rate.optional(),
        sampleLoss: share.optional(),
        taskFailures: share.optional(),
        capacity: z
          .strictObject({ dedicated: nodes.optional(), lowPriority: nodes.optional() })
          .describe("nodes to be had: dedicated, lowPriority")
          .optional(),
      })
      .describe("faults: preemptionsPerNodeHour, spot, nodeFailuresPerNodeHour, sampleLoss, taskFailures, capacity")
      .optional(),
    until: z
      .union([z.literal("drained"), duration])
      .describe("drained, or an ISO 8601 duration such as P1D")
      .optional(),
  })
  .describe("a mapping with a pool and a workload, as in samples/scenarios");

/** A scenario file as it was written. */
export type ScenarioFile = z.infer<typeof scenarioSchema>;

/** The shape as JSON Schema, for editors and for messages. */
export function scenarioJsonSchema(): Record<string, unknown> {
  return z.toJSONSchema(scenarioSchema) as Record<string, unknown>;
}
