/**
 * The back-test report: one HTML page that needs nothing else, neither network nor other files. Tables are plain HTML, readable without scripts;
 * charts are drawn by `page.js`, which the build has bundled with uPlot and which stands in the page together with its data.
 */
import { readFileSync } from "node:fs";
import { type Backtest, type FormulaBacktest, instantOfStep } from "../../../src/autoscale/backtest.ts";
import { durationText, instantTextExact } from "../../../src/base/time.ts";
import { failedCount, figures } from "../backtestTable.ts";
import { figureText, isBest } from "../comparison.ts";
import { counted } from "../output.ts";
import { version } from "../version.ts";
import { chartData } from "./chartData.ts";

/** What the page tells besides the result. */
export interface ReportContext {
  /** Name of the history. */
  readonly metrics: string;
  /** The formulas' texts, in the order of the result. */
  readonly formulas: readonly { readonly name: string; readonly formula: string }[];
}

/** The page's text. */
export function reportPage(result: Backtest, context: ReportContext): string {
  const { timeline, demand, formulas } = result;
  const first = instantTextExact(instantOfStep(timeline, 0));
  const last = instantTextExact(instantOfStep(timeline, timeline.steps - 1));
  const title = `Back-test of ${formulas.length === 1 ? formulas[0].name : counted(formulas.length, "formula")}`;
  const data = chartData(result);
  const every = durationText(BigInt(timeline.interval));
  const thinned = data.stepsPerPoint === 1 ? "" : ` Each point of a chart is the peak of ${data.stepsPerPoint} evaluations.`;
  const usesLowPriority = formulas.some((formula) => formula.nodeHours.lowPriority > 0);
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:">
<meta name="generator" content="weir ${escaped(version)}">
<title>${escaped(title)}</title>
<style>${asset("report.css").replace(/<\/style/gi, "<\\/style")}</style>
</head>
<body>
<main>
<header>
<div>
<h1>${escaped(title)}</h1>
<p class="quiet">${counted(timeline.steps, "evaluation")} each, every ${every}, from ${first} to ${last}, over ${escaped(context.metrics)}.${thinned}</p>
</div>
<button id="theme" type="button">light / dark</button>
</header>
${summaryTable(result)}
${chart("targets", "Target nodes", `Dedicated and low-priority nodes together${demand === undefined ? "" : `, over the demand: nodes that ${escaped(demand.metric)} would keep busy`}. Ticks at the foot are failed evaluations. Drag to zoom, double-click to see all; click a name to hide it.`)}
${demand === undefined ? "" : chart("surplus", "Surplus and shortfall", "Target nodes minus demand: above 0 nodes wait for work, below 0 work waits for nodes.")}
${usesLowPriority ? chart("lowPriority", "Low-priority nodes", "The part of the target that may be preempted.") : ""}
${chart("hours", "Node hours so far", "What the targets add up to, were each reached at once.")}
${failureTable(formulas)}
${context.formulas.map(({ name, formula }, i) => `<section><details${context.formulas.length === 1 ? " open" : ""}><summary>${swatch(i)}${escaped(name)}</summary><pre>${escaped(formula)}</pre></details></section>`).join("\n")}
<p class="quiet">Open loop: what a formula answers does not change the recorded history. The figures compare formulas; they do not foretell waiting times.</p>
</main>
<script id="data" type="application/json">${JSON.stringify(data.document).replace(/</g, "\\u003c")}</script>
<script>${asset("report.js").replace(/<\/script/gi, "<\\/script")}</script>
</body>
</html>
`;
}

function summaryTable({ formulas }: Backtest): string {
  const head = formulas.map((formula, i) => `<th scope="col">${swatch(i)}${escaped(formula.name)}</th>`).join("");
  const rows = figures.map((figure) => {
    const cells = formulas
      .map((formula) => `<td${isBest(figure, formula, formulas) ? ' class="best"' : ""}>${figureText(figure, formula)}</td>`)
      .join("");
    const unit = figure.unit === "" ? "" : ` <span class="quiet">${figure.unit}</span>`;
    return `<tr><th scope="row">${figure.title}${unit}</th>${cells}</tr>`;
  });
  return `<section><div class="scroll"><table><thead><tr><th></th>${head}</tr></thead><tbody>${rows.join("\n")}</tbody></table></div></section>`;
}

function failureTable(formulas: readonly FormulaBacktest[]): string {
  if (formulas.every((formula) => failedCount(formula) === 0)) return "";
  const rows = formulas.flatMap((formula, i) =>
    formula.failures.map(({ code, count, examples }) => {
      const example = examples[0] === undefined ? "" : `${examples[0].timestamp}: ${escaped(examples[0].message)}`;
      return `<tr><td>${swatch(i)}${escaped(formula.name)}</td><td>${code}</td><td>${count.toLocaleString("en-US")}</td><td>${example}</td></tr>`;
    }),
  );
  const head = "<tr><th>formula</th><th>code</th><th>evaluations</th><th>first</th></tr>";
  return `<section><h2>Failed evaluations</h2><p class="quiet">A failed evaluation leaves the targets as they are.</p><div class="scroll"><table class="words"><thead>${head}</thead><tbody>${rows.join("\n")}</tbody></table></div></section>`;
}

function chart(id: string, title: string, caption: string): string {
  return `<figure><h2>${title}</h2><figcaption>${caption}</figcaption><div id="${id}"></div></figure>`;
}

function swatch(i: number): string {
  return `<span class="swatch" style="background:var(--formula-${i % 8})"></span>`;
}

/** Text for HTML, attributes included. */
function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}

function asset(name: string): string {
  return readFileSync(new URL(`./assets/${name}`, import.meta.url), "utf8");
}
