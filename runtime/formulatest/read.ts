/**
 * From the text of a test file to its cases, or to all of its problems at once: YAML, shape, rows of `each:`, then what no schema can say, such as
 * a case without a formula, a time that does not exist, a metric that no formula can read.
 */
import { nearest } from "../../src/base/table.ts";
import { parseDuration, parseInstant, type Ticks } from "../../src/base/time.ts";
import { variables } from "../../src/language/builtins/index.ts";
import { readNotation } from "../../src/metrics/notation.ts";
import { type Path, readDocument, type TestDocument } from "./document.ts";
import { expandCase } from "./each.ts";
import { readExpectation } from "./expectations.ts";
import { reportIssues } from "./issues.ts";
import { TestProblems, type TestProblem } from "./problem.ts";
import {
  type GivenCase,
  type GivenDefaults,
  type GivenFile,
  type GivenSeries,
  type GivenStep,
  testCaseSchema,
  testEnvelopeSchema,
} from "./schema.ts";
import { readSimulationExpectations, type SimulationExpectation } from "./simulation.ts";
import type { FileReference, FormulaGiven, Instant, SeriesGiven, Setting, TestCase, TestFile, TestStep } from "./testFile.ts";

export type TestFileReading =
  | { readonly ok: true; readonly file: TestFile }
  | { readonly ok: false; readonly problems: readonly TestProblem[] };

/** Reads a test file; `name` is its path for messages. Nothing in the text makes it throw. */
export function readTestFile(text: string, name: string): TestFileReading {
  const problems = new TestProblems();
  const cases: TestCase[] = [];
  const references = new Map<string, FileReference>();
  const document = readDocument(text, problems);
  if (document !== undefined) new Reader(document, problems, cases, references).read();
  if (problems.any) return { ok: false, problems: problems.list() };
  return { ok: true, file: { name, cases, references: [...references.values()] } };
}

class Reader {
  private readonly document: TestDocument;
  private readonly problems: TestProblems;
  private readonly cases: TestCase[];
  private readonly references: Map<string, FileReference>;
  /** Samples read so far: `1x1000000` is short, and a hostile file may say it often. */
  private samples = 0;

  constructor(document: TestDocument, problems: TestProblems, cases: TestCase[], references: Map<string, FileReference>) {
    this.document = document;
    this.problems = problems;
    this.cases = cases;
    this.references = references;
  }

  read(): void {
    const { document, problems } = this;
    const judged = testEnvelopeSchema.safeParse(document.value);
    if (!judged.success) reportIssues(judged.error.issues, [], document.value, document, problems);
    const given = (judged.success ? judged.data : document.value) as Partial<GivenFile> | null;
    if (typeof given !== "object" || given === null || !Array.isArray(given.cases)) return;
    if (given.cases.length === 0) this.wrong(["cases"], "there are no cases", "a case has a name and what it expects");
    const names = new Set<string>();
    given.cases.forEach((entry, i) => {
      if (typeof entry !== "object" || entry === null || Array.isArray(entry)) return;
      const path = ["cases", i];
      for (const { value, row } of expandCase(entry, path, document, problems)) {
        const one = testCaseSchema.safeParse(value);
        if (!one.success) reportIssues(one.error.issues, path, value, document, problems);
        else if (judged.success) {
          if (names.has(one.data.name))
            this.wrong(
              [...path, "name"],
              `two cases are named "${one.data.name.slice(0, 80)}"`,
              row === undefined ? "give each case a name of its own" : "put <name> of a row into it",
            );
          names.add(one.data.name);
          this.testCase(judged.data, one.data, path);
        }
      }
    });
  }

  private wrong(path: Path, message: string, remedy?: string): undefined {
    this.problems.add(this.document.place(path), message, remedy);
    return undefined;
  }

  private testCase(file: GivenFile, given: GivenCase, path: Path): void {
    const place = this.document.place(path);
    if (given.scenario !== undefined) {
      const expect = this.simulationExpectations(given, path);
      const scenario = this.reference("scenario", given.scenario, [...path, "scenario"]);
      if (expect !== undefined) this.cases.push({ kind: "simulation", name: given.name, place, scenario, expect });
      return;
    }
    const formula = this.formula(file, given, path);
    const setting = this.setting(file.defaults ?? {}, given, path);
    const steps =
      given.steps === undefined
        ? this.singleStep(file.defaults ?? {}, given, path)
        : this.steps(file.defaults ?? {}, given, given.steps, path);
    if (formula !== undefined && steps !== undefined)
      this.cases.push({ kind: "evaluation", name: given.name, place, formula, setting, steps });
  }

  private simulationExpectations(given: GivenCase, path: Path): readonly SimulationExpectation[] | undefined {
    for (const key of ["steps", "metrics", "metricsFile", "formula", "formulaText", "at"] as const)
      if (given[key] !== undefined)
        this.wrong([...path, key], `"${key}" means nothing beside "scenario"`, "the scenario says it; remove one of the two");
    const { expect } = given;
    const texts = typeof expect === "string" ? [expect] : expect;
    if (!Array.isArray(texts))
      return this.wrong(
        [...path, "expect"],
        "a scenario expects a text",
        "write it as expect: p95 wait <= 10 min, cost <= 12.50",
      );
    const reading = readSimulationExpectations(texts.join("\n"));
    return reading.ok ? reading.expectations : this.wrong([...path, "expect"], reading.message, reading.remedy);
  }

  /** The case's own formula, else the file's. */
  private formula(file: GivenFile, given: GivenCase, path: Path): FormulaGiven | undefined {
    const [from, at]: [GivenFile | GivenCase, Path] =
      given.formula === undefined && given.formulaText === undefined ? [file, []] : [given, path];
    if (from.formula !== undefined && from.formulaText !== undefined)
      return this.wrong([...at, "formulaText"], 'both "formula" and "formulaText" are given', "keep one of the two");
    if (from.formulaText !== undefined) return { text: from.formulaText, place: this.document.place([...at, "formulaText"]) };
    if (from.formula === undefined)
      return this.wrong(
        path,
        `"${given.name.slice(0, 80)}" has no formula`,
        "name a formula file, relative to this file: formula: pool.formula; or write formulaText: |",
      );
    if (/[;=\n]/.test(from.formula))
      return this.wrong(
        [...at, "formula"],
        '"formula" names a file, but this is the text of a formula',
        "write formulaText: |",
      );
    return { file: this.reference("formula", from.formula, [...at, "formula"]) };
  }

  private reference(kind: FileReference["kind"], path: string, at: Path): FileReference {
    const key = `${kind} ${path}`;
    const known = this.references.get(key) ?? { kind, path, place: this.document.place(at) };
    this.references.set(key, known);
    return known;
  }

  private setting(defaults: GivenDefaults, given: GivenCase, path: Path): Setting {
    const own = <Key extends "samplePeriod" | "sampleDelay" | "history">(key: Key, least: Ticks) =>
      given[key] === undefined
        ? this.duration(defaults[key], ["defaults", key], least)
        : this.duration(given[key], [...path, key], least);
    const [file, at]: [string | undefined, Path] =
      given.metricsFile === undefined
        ? [defaults.metricsFile, ["defaults", "metricsFile"]]
        : [given.metricsFile, [...path, "metricsFile"]];
    const targets = { ...defaults.pool?.targets, ...given.pool?.targets };
    return {
      metricsFile: file === undefined ? undefined : this.reference("metrics", file, at),
      targets: { dedicated: targets.dedicated ?? 0, lowPriority: targets.lowPriority ?? 0 },
      taskSlotsPerNode: given.pool?.taskSlotsPerNode ?? defaults.pool?.taskSlotsPerNode,
      samplePeriod: own("samplePeriod", 1n),
      sampleDelay: own("sampleDelay", 0n),
      history: own("history", 1n),
      seed: given.seed ?? defaults.seed ?? 1,
      strict: given.strict ?? defaults.strict ?? false,
    };
  }

  private singleStep(defaults: GivenDefaults, given: GivenCase, path: Path): readonly TestStep[] | undefined {
    const { expect } = given;
    if (expect === undefined)
      return this.wrong(
        path,
        `"${given.name.slice(0, 80)}" expects nothing`,
        "write expect: with a target, a variable, an error or a lint code",
      );
    if (typeof expect === "string" || Array.isArray(expect))
      return this.wrong(
        [...path, "expect"],
        "a text is expected of a scenario only",
        "write expect: with targets, variables, error or lint below it",
      );
    const step = {
      name: undefined,
      instant: this.firstInstant(defaults, given, path),
      series: this.caseSeries(defaults, given, path),
      expect: readExpectation(expect, defaults.tolerance, {
        path: [...path, "expect"],
        document: this.document,
        problems: this.problems,
      }),
      place: this.document.place([...path, "expect"]),
    };
    return [step];
  }

  private steps(defaults: GivenDefaults, given: GivenCase, steps: readonly GivenStep[], path: Path): readonly TestStep[] {
    if (given.expect !== undefined)
      this.wrong([...path, "expect"], 'a case with "steps" expects in each step', "move it into the step that it is about");
    return steps.map((step, i) => {
      const at = [...path, "steps", i];
      const inherited = i === 0 ? this.caseSeries(defaults, given, path) : [];
      const own = Object.entries(step.metrics ?? {}).map(([metric, series]) =>
        this.series(metric, series, [...at, "metrics", metric]),
      );
      return {
        name: step.name ?? `step ${i + 1}`,
        instant: this.stepInstant(defaults, given, step, i, at),
        series: [...inherited, ...own].filter((series) => series !== undefined),
        expect: readExpectation(step.expect, defaults.tolerance, {
          path: [...at, "expect"],
          document: this.document,
          problems: this.problems,
        }),
        place: this.document.place(at),
      };
    });
  }

  private stepInstant(defaults: GivenDefaults, given: GivenCase, step: GivenStep, index: number, at: Path): Instant {
    if (step.at !== undefined && step.after !== undefined)
      this.wrong([...at, "after"], 'both "at" and "after" are given', "keep one of the two");
    if (step.at !== undefined) return { at: this.time(step.at, [...at, "at"]) ?? 0n };
    if (index === 0) {
      if (step.after !== undefined)
        this.wrong([...at, "after"], "there is no step before the first one", "give it a time with at:");
      return this.firstInstant(defaults, given, at);
    }
    if (step.after === undefined) this.wrong(at, "the step says no time", "write after: PT15M or at: with a time");
    return { after: this.duration(step.after, [...at, "after"], 1n) ?? 1n };
  }

  private firstInstant(defaults: GivenDefaults, given: GivenCase, path: Path): Instant {
    if (given.at !== undefined) return { at: this.time(given.at, [...path, "at"]) ?? 0n };
    if (defaults.at !== undefined) return { at: this.time(defaults.at, ["defaults", "at"]) ?? 0n };
    if ((given.metricsFile ?? defaults.metricsFile) === undefined)
      this.wrong(
        path,
        `"${given.name.slice(0, 80)}" says no time`,
        "write at: 2026-01-31T08:00:00Z in the case or under defaults:",
      );
    return "newestSample";
  }

  /** Samples of the defaults and of the case; the case's go before the defaults' of the same metric. */
  private caseSeries(defaults: GivenDefaults, given: GivenCase, path: Path): SeriesGiven[] {
    const own = given.metrics ?? {};
    const inherited = Object.entries(defaults.metrics ?? {}).filter(([metric]) => !Object.hasOwn(own, metric));
    const all = [
      ...inherited.map(([metric, series]) => this.series(metric, series, ["defaults", "metrics", metric])),
      ...Object.entries(own).map(([metric, series]) => this.series(metric, series, [...path, "metrics", metric])),
    ];
    return all.filter((series) => series !== undefined);
  }

  private series(metric: string, given: GivenSeries, path: Path): SeriesGiven | undefined {
    const place = this.document.placeOfKey(path);
    const row = variables.get(metric);
    if (row?.kind !== "metric" || row.aliasOf !== undefined) {
      const meant = row?.aliasOf ?? nearest(metric, metricNames);
      const message =
        row?.kind === "metric"
          ? `${metric} reads the samples of ${meant}`
          : `no formula can read a metric named "${metric.slice(0, 60)}"`;
      this.problems.add(
        place,
        message,
        meant === undefined ? "use a service-defined metric such as $PendingTasks" : `write ${meant}`,
      );
      return undefined;
    }
    const whole = typeof given === "object" && !Array.isArray(given) ? given : { values: given };
    const at = typeof given === "object" && !Array.isArray(given) ? [...path, "values"] : path;
    if (whole.start !== undefined && whole.end !== undefined)
      this.wrong([...path, "end"], 'both "start" and "end" are given', "keep one of the two");
    const values = this.values(whole.values, at, metric);
    const start = whole.start === undefined ? undefined : this.time(whole.start, [...path, "start"]);
    const end = whole.end === undefined ? undefined : this.time(whole.end, [...path, "end"]);
    return { metric, values, start, end, place };
  }

  private values(given: string | number | readonly (number | null)[], path: Path, metric: string): Float64Array {
    if (this.samples > SAMPLES_MAX) return new Float64Array(0);
    const reading =
      typeof given === "object"
        ? { ok: true as const, values: Float64Array.from(given, (value) => value ?? Number.NaN) }
        : readNotation(String(given));
    if (reading.ok) {
      this.samples += reading.values.length;
      if (this.samples > SAMPLES_MAX)
        this.wrong(path, `more than ${SAMPLES_MAX} samples in one test file`, "keep long histories in a metricsFile");
      return reading.values;
    }
    this.wrong(path, `samples of ${metric}: ${reading.message}`);
    return new Float64Array(0);
  }

  private time(text: string, path: Path): Ticks | undefined {
    const instant = parseInstant(text);
    return instant ?? this.wrong(path, `"${text.slice(0, 60)}" is not a time`, "write it as 2026-01-31T08:00:00Z");
  }

  private duration(text: string | undefined, path: Path, least: Ticks): Ticks | undefined {
    if (text === undefined) return undefined;
    const duration = text.length > 60 ? undefined : parseDuration(text);
    if (duration !== undefined && duration >= least && duration <= DURATION_MAX) return duration;
    return this.wrong(
      path,
      `"${text.slice(0, 60)}" is not a duration${least > 0n ? " above 0" : ""}`,
      "write it as an ISO 8601 duration: PT30S, PT5M, PT1H30M, P1D",
    );
  }
}

/** Most samples that one test file may spell out. */
const SAMPLES_MAX = 2_000_000;

/** 28 years: what the metric store holds exactly. */
const DURATION_MAX = BigInt(Number.MAX_SAFE_INTEGER);

const metricNames: readonly string[] = variables.rows
  .filter((row) => row.kind === "metric" && row.aliasOf === undefined)
  .map((row) => row.name);
