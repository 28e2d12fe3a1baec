/**
 * The shape of a formula test file, once: it judges the files, gives the types, and is written out as JSON Schema for editors. Texts that are times,
 * durations or sample notation are judged later, where their place is known. Descriptions say what to write; messages quote them.
 *
 * A file is judged before its cases are: a case with `each:` holds `<names>` where values will be, so that cases are judged after their rows were
 * put in. With `placeholders` the shape is the editors', which lets such names stand anywhere.
 */
import * as z from "zod";
import { targetMax } from "../../src/base/limits.ts";

/** The service's range of taskSlotsPerNode. */
const SLOTS_MAX = 256;
const SEED_MAX = 4_294_967_295;

interface Shape {
  /** Whether `<name>` may stand where a number, a word or a truth value belongs. */
  readonly placeholders: boolean;
}

function parts({ placeholders }: Shape) {
  const open = <Given>(schema: z.ZodType<Given>): z.ZodType<Given> =>
    placeholders ? (z.union([schema, z.string().regex(/<\w+>/)]) as unknown as z.ZodType<Given>) : schema;
  const nodes = open(z.int().min(0).max(targetMax.value)).describe("a whole number of nodes");
  const time = z.string().describe("a time such as 2026-01-31T08:00:00Z");
  const duration = z.string().describe("an ISO 8601 duration such as PT30S or PT5M");
  const tolerance = open(z.number().min(0)).describe("how far a double may be off, 0 or more");
  const values = z
    .union([z.number(), z.string(), z.array(z.union([z.number(), z.null()]))])
    .describe("samples, oldest first: 5 6x3 _ 9 is 5 6 6 6, a gap, 9; 0..10/2 is 0 2 4 6 8 10");
  const series = z
    .union([
      z.number(),
      z.string(),
      z.array(z.union([z.number(), z.null()])),
      z.strictObject({ values, start: time.optional(), end: time.optional() }),
    ])
    .describe("samples such as 5 6x3 _ 9, the last one at the case's time; or values with a start or an end");
  const world = {
    at: time.describe("the time of the evaluation, such as 2026-01-31T08:00:00Z").optional(),
    metrics: z.record(z.string(), series).describe("samples by metric name, such as $PendingTasks: 5 6x3 _ 9").optional(),
    metricsFile: z.string().describe("a metrics file (CSV or JSON), relative to the test file").optional(),
    pool: z
      .strictObject({
        targets: z
          .strictObject({ dedicated: nodes.optional(), lowPriority: nodes.optional() })
          .describe("what the pool has now: dedicated and lowPriority")
          .optional(),
        taskSlotsPerNode: open(z.int().min(1).max(SLOTS_MAX)).describe("a whole number from 1 to 256").optional(),
      })
      .describe("the pool before the evaluation: targets and taskSlotsPerNode")
      .optional(),
    samplePeriod: duration.describe("the spacing of samples, such as PT30S; default PT5M").optional(),
    sampleDelay: duration.describe("how long a sample stays invisible, such as PT1M; default PT0S").optional(),
    history: duration.describe("how far back samples are visible, such as P1D").optional(),
    seed: open(z.int().min(0).max(SEED_MAX)).describe("a whole number from 0 to 4294967295, the seed of rand()").optional(),
    strict: open(z.boolean()).describe("true or false: refuse documented extensions").optional(),
  };
  const value = z
    .union([z.number(), z.string(), z.null(), z.array(z.number())])
    .describe("a number, a text, a list of numbers, or null for not assigned");
  const expectation = z.strictObject({
    targets: z
      .strictObject({
        dedicated: nodes.optional(),
        lowPriority: nodes.optional(),
        nodeDeallocationOption: open(z.enum(["requeue", "terminate", "taskcompletion", "retaineddata"]))
          .describe("requeue, terminate, taskcompletion or retaineddata")
          .optional(),
      })
      .describe("what the run gives: dedicated, lowPriority, nodeDeallocationOption")
      .optional(),
    variables: z
      .record(
        z.string(),
        z
          .union([
            z.number(),
            z.string(),
            z.null(),
            z.array(z.number()),
            z.strictObject({ value, tolerance: tolerance.optional() }),
          ])
          .describe(
            "a number (1 for true, 0 for false), a text, a list of numbers, null for not assigned, or { value: …, tolerance: … }",
          ),
      )
      .describe("values of the formula's variables, such as pending: 12.5")
      .optional(),
    error: z
      .union([
        z.string(),
        z.strictObject({
          code: z.string().describe("a code such as InsufficientSampleData or insufficient-data").optional(),
          line: open(z.int().min(1)).describe("a line of the formula, from 1").optional(),
          column: open(z.int().min(1)).describe("a column of the formula, from 1").optional(),
          text: z.string().describe("a part of the message").optional(),
        }),
      ])
      .describe("none, any, a code such as InsufficientSampleData, or code, line, column and text")
      .optional(),
    lint: z
      .strictObject({
        present: z.array(z.string()).describe("a list of lint codes").optional(),
        absent: z.array(z.string()).describe("a list of lint codes").optional(),
      })
      .describe("lint codes: present and absent")
      .optional(),
    tolerance: tolerance.optional(),
  });
  const name = z.string().min(1).describe("a name that says what the case proves");
  const step = z.strictObject({
    name: name.optional(),
    at: world.at,
    after: duration.describe("time since the step before, such as PT15M").optional(),
    metrics: world.metrics,
    expect: expectation.describe("what this step gives: targets, variables, error"),
  });
  const formula = z.string().min(1).describe("a formula file, relative to the test file").optional();
  const formulaText = z.string().min(1).describe("the text of a formula").optional();
  const test = z.strictObject({
    name,
    formula,
    formulaText,
    ...world,
    each: z
      .array(z.record(z.string(), z.union([z.number(), z.string(), z.boolean(), z.null()])))
      .min(1)
      .describe("rows of values; <name> anywhere in the case stands for the row's value")
      .optional(),
    steps: z
      .array(step)
      .min(1)
      .describe("evaluations one after the other; each step's targets are the next one's pool")
      .optional(),
    scenario: z.string().min(1).describe("a scenario to simulate, relative to the test file").optional(),
    expect: z
      .union([z.string(), z.array(z.string()), expectation])
      .describe(
        "what the run gives: targets, variables, error, lint; with scenario a text such as p95 wait <= 10 min, cost <= 12.50",
      )
      .optional(),
  });
  const defaults = z.strictObject({ ...world, tolerance: tolerance.optional() });
  return { formula, formulaText, defaults: defaults.describe("what all cases have in common"), test, expectation };
}

const judged = parts({ placeholders: false });
const casesInWords = "a list of cases, each with name and expect";

function fileSchema<Case>({ formula, formulaText, defaults }: ReturnType<typeof parts>, test: z.ZodType<Case>) {
  return z.strictObject({
    $schema: z.string().optional(),
    formula,
    formulaText,
    defaults: defaults.optional(),
    cases: z.array(test).describe(casesInWords),
  });
}

/** The file around its cases, which are judged row by row afterwards. */
export const testEnvelopeSchema = fileSchema(judged, z.record(z.string(), z.unknown()));
/** One case with its row of `each:` put in. */
export const testCaseSchema = judged.test;

export type GivenFile = z.infer<typeof testEnvelopeSchema>;
export type GivenCase = z.infer<typeof judged.test>;
export type GivenDefaults = z.infer<typeof judged.defaults>;
export type GivenExpectation = z.infer<typeof judged.expectation>;
export type GivenStep = NonNullable<GivenCase["steps"]>[number];
export type GivenSeries = NonNullable<GivenDefaults["metrics"]>[string];
export type GivenValue = NonNullable<GivenExpectation["variables"]>[string];

/** A JSON Schema as far as this folder reads one. */
export interface JsonSchema {
  readonly type?: string;
  readonly description?: string;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly additionalProperties?: boolean | JsonSchema;
  readonly items?: JsonSchema;
  readonly anyOf?: readonly JsonSchema[];
}

/** The shape as JSON Schema, for messages (exact) or for editors (with placeholders). */
export function testJsonSchema(shape: Shape): JsonSchema {
  const given = parts(shape);
  return z.toJSONSchema(fileSchema(given, given.test)) as unknown as JsonSchema;
}
