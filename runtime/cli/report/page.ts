/**
 * The frame of all reports: one HTML page that needs nothing else, neither network nor other files. Tables and texts are plain HTML, readable without
 * scripts; charts are drawn by a script that the build has bundled with uPlot and which stands in the page together with its data.
 */
import { readFileSync } from "node:fs";
import { type Figure, figureText, isBest, type Named } from "../comparison.ts";
import { version } from "../version.ts";

/** What is different from report to report. */
export interface PageParts {
  readonly title: string;
  /** HTML below the title. */
  readonly intro: string;
  /** HTML of the page, part by part; empty ones are left out. */
  readonly sections: readonly string[];
  /** Read by the script; its `kind` says which charts are drawn. */
  readonly data: { readonly kind: "backtest" | "simulation" | "tuning" };
}

/** Before anything is painted: the system's choice of light or dark. Without scripts the page is light. */
const FIRST_SCRIPT = 'document.documentElement.dataset.theme=matchMedia("(prefers-color-scheme: dark)").matches?"dark":"light"';

/** The page's text. */
export function reportFrame({ title, intro, sections, data }: PageParts): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:">
<meta name="generator" content="weir ${escaped(version)}">
<title>${escaped(title)}</title>
<script>${FIRST_SCRIPT}</script>
<style>${asset("report.css").replace(/<\/style/gi, "<\\/style")}</style>
</head>
<body>
<main>
<header>
<div>
<h1>${escaped(title)}</h1>
<p class="quiet">${intro}</p>
</div>
<button id="theme" type="button">light / dark</button>
</header>
${sections.filter((section) => section !== "").join("\n")}
</main>
<script id="data" type="application/json">${JSON.stringify(data).replace(/</g, "\\u003c")}</script>
<script>${asset("report.js").replace(/<\/script/gi, "<\\/script")}</script>
</body>
</html>
`;
}

/** Figures side by side, a column for each thing, in the colour of its lines; those of a single thing as tiles. */
export function figureTable<Thing extends Named>(things: readonly Thing[], figures: readonly Figure<Thing>[]): string {
  if (things.length === 1) return figureTiles(things[0], figures);
  const head = things.map((thing, i) => `<th scope="col">${swatch(i)}${escaped(thing.name)}</th>`).join("");
  const rows = figures.map((figure) => {
    const cells = things
      .map((thing) => `<td${isBest(figure, thing, things) ? ' class="best"' : ""}>${figureText(figure, thing)}</td>`)
      .join("");
    const unit = figure.unit === "" ? "" : ` <span class="quiet">${figure.unit}</span>`;
    return `<tr><th scope="row">${figure.title}${unit}</th>${cells}</tr>`;
  });
  return section(
    `<div class="scroll"><table><thead><tr><th></th>${head}</tr></thead><tbody>${rows.join("\n")}</tbody></table></div>`,
  );
}

function figureTiles<Thing extends Named>(thing: Thing, figures: readonly Figure<Thing>[]): string {
  const tiles = figures.map((figure) => {
    const unit = figure.unit === "" ? "" : ` <span class="quiet">${figure.unit}</span>`;
    return `<div><dt>${figure.title}</dt><dd>${figureText(figure, thing)}${unit}</dd></div>`;
  });
  return section(`<dl>${tiles.join("\n")}</dl>`);
}

/** A card. */
export function section(content: string): string {
  return `<section>${content}</section>`;
}

/** A card with a text that can be folded away, such as a formula. */
export function foldedText(title: string, text: string, open: boolean, color?: number): string {
  const mark = color === undefined ? "" : swatch(color);
  return section(
    `<details${open ? " open" : ""}><summary>${mark}${escaped(title)}</summary><pre>${escaped(text)}</pre></details>`,
  );
}

/** The place of a chart; the script looks for the id. */
export function chart(id: string, title: string, caption: string): string {
  return `<figure><h2>${title}</h2><figcaption>${caption}</figcaption><div id="${id}"></div></figure>`;
}

/** The colour of a line, as a small square. */
export function swatch(i: number): string {
  return `<span class="swatch" style="background:var(--formula-${i % 8})"></span>`;
}

/** Text for HTML, attributes included. */
export function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}

function asset(name: string): string {
  return readFileSync(new URL(`./assets/${name}`, import.meta.url), "utf8");
}
