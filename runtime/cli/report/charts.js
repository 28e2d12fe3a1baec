/**
 * What the charts of all reports have in common: colours, axes, the tooltip, one cursor and one zoom for all charts over time. Colours are the page's
 * CSS variables, read at each drawing, so that a change between light and dark needs only a redraw.
 */
import uPlot from "uplot";

/** The document that the page carries. */
export const data = JSON.parse(document.getElementById("data").textContent);

const root = document.documentElement;
export const colorOf = (name) => getComputedStyle(root).getPropertyValue(name).trim();
export const formulaColor = (i) => colorOf(`--formula-${i % 8}`);
export const number = new Intl.NumberFormat("en-US", { maximumFractionDigits: 1 });
const charts = [];

/** Times on the axis: 24 hours, the date below wherever it changes. A row: from which spacing on, text, then text where year, month, day change. */
const timeFormats = [
  [365 * 86400, "{YYYY}", null, null, null, null, null, null, 1],
  [28 * 86400, "{MMM}", "\n{YYYY}", null, null, null, null, null, 1],
  [86400, "{DD} {MMM}", "\n{YYYY}", null, null, null, null, null, 1],
  [60, "{HH}:{mm}", "\n{DD} {MMM} {YYYY}", null, "\n{DD} {MMM}", null, null, null, 1],
  [1, "{HH}:{mm}:{ss}", "\n{DD} {MMM} {YYYY}", null, "\n{DD} {MMM}", null, null, null, 1],
];

export function axis(more) {
  return {
    stroke: () => colorOf("--muted"),
    grid: { stroke: () => colorOf("--grid"), width: 1 },
    ticks: { stroke: () => colorOf("--grid"), width: 1 },
    font: "12px system-ui, sans-serif",
    ...more,
  };
}

/** Numbers on an axis. */
export const numbers = (_, ticksAt) => ticksAt.map((value) => number.format(value));

/** An instant for people. */
export const instantText = (second) => `${new Date(second * 1000).toISOString().slice(0, 16).replace("T", " ")} UTC`;

/** A row of a tooltip: colour, name, figure. */
export function tooltipRow(color, label, figure) {
  const row = document.createElement("div");
  const swatch = document.createElement("i");
  swatch.style.background = color;
  const value = document.createElement("b");
  value.textContent = figure;
  row.append(swatch, label, value);
  return row;
}

/** Values at the cursor, beside it. `title(x)` heads them, `more(index)` gives rows to go below; a series tells its colour and format itself. */
export function tooltip({ unit = "", title = instantText, more = () => [] }) {
  const box = document.createElement("div");
  box.className = "tooltip";
  return {
    hooks: {
      init: (chart) => {
        box.hidden = true;
        chart.over.append(box);
        chart.over.addEventListener("mouseleave", () => {
          box.hidden = true;
        });
      },
      setCursor: (chart) => {
        const { idx, left, top } = chart.cursor;
        // Synced charts have a cursor too, but only the one under the pointer tells.
        if (idx === null || idx === undefined || left < 0 || !chart.over.matches(":hover")) {
          box.hidden = true;
          return;
        }
        const rows = chart.series.slice(1).flatMap((series, i) => {
          const value = chart.data[i + 1][idx];
          if (!series.show || value === null || value === undefined) return [];
          return [tooltipRow(series.color(), series.label, `${number.format(value)}${unit}`)];
        });
        const head = document.createElement("time");
        head.textContent = title(chart.data[0][idx], idx);
        box.replaceChildren(head, ...rows, ...more(idx));
        box.hidden = false;
        placeTooltip(box, chart.over, left, top);
      },
    },
  };
}

/** Beside the cursor, on the side where there is room. */
export function placeTooltip(box, over, left, top) {
  const right = left > over.clientWidth / 2;
  box.style.left = right ? "" : `${left + 14}px`;
  box.style.right = right ? `${over.clientWidth - left + 14}px` : "";
  box.style.top = `${Math.max(0, Math.min(top - 20, over.clientHeight - box.offsetHeight))}px`;
}

/** A series in steps; `color` is called at every drawing. */
export function line(label, color, more = {}) {
  const paths = uPlot.paths.stepped({ align: 1 });
  return { label, color, stroke: color, width: 2, paths, points: { show: false }, ...more };
}

/** The demand: an area behind the lines. */
export function demandArea(label = "demand") {
  return line(label, () => colorOf("--demand-line"), { fill: () => colorOf("--demand"), width: 1 });
}

/** Makes a chart where the page has a place for it. `columns` begins with x; `options` go over what all charts have. */
export function addChart(host, columns, series, { height = 260, ...options }) {
  const element = document.getElementById(host);
  if (element === null) return undefined;
  const chart = new uPlot(
    {
      width: element.clientWidth,
      height,
      tzDate: (second) => uPlot.tzDate(new Date(second * 1000), "Etc/UTC"),
      legend: { live: false },
      series: [{}, ...series],
      ...options,
    },
    columns,
    element,
  );
  charts.push(chart);
  new ResizeObserver(() => chart.setSize({ width: element.clientWidth, height })).observe(element);
  return chart;
}

/** A chart over time: all of a page share cursor and zoom. */
export function addTimeChart(host, columns, series, { unit = "", height = 260, plugins = [], more } = {}) {
  return addChart(host, columns, series, {
    height,
    cursor: { sync: { key: "time" }, points: { size: 7 }, y: false },
    scales: { x: { time: true } },
    axes: [axis({ values: timeFormats }), axis({ size: 60, values: numbers })],
    plugins: [tooltip({ unit, more }), ...plugins],
  });
}

/** The button that changes between light and dark, and the system's own change, which counts until the button is used. */
export function followTheme() {
  const dark = matchMedia("(prefers-color-scheme: dark)");
  let chosen = false;
  const change = (theme) => {
    root.dataset.theme = theme;
    for (const chart of charts) chart.redraw(false, true);
  };
  dark.addEventListener("change", () => {
    if (!chosen) change(dark.matches ? "dark" : "light");
  });
  document.getElementById("theme").addEventListener("click", () => {
    chosen = true;
    change(root.dataset.theme === "dark" ? "light" : "dark");
  });
}
