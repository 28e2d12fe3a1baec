/** The report of a search: wait over cost with a dot for each point, the points that no other beats, their formulas. The frame is `page.ts`. */
import { shortNames } from "../formulas.ts";
import { counted } from "../output.ts";
import { constantsText, type Search, tuningFigures } from "../tuningTable.ts";
import { chart, escaped, foldedText, reportFrame, section } from "./page.ts";

/** The page's text. */
export function tuningPage(found: Search): string {
  const { tuning, ranges, seeds, formula, scenario, priced } = found;
  const front = new Set(tuning.front);
  const dot = (outcome: (typeof tuning.outcomes)[number]) => ({
    constants: outcome.point,
    cost: outcome.cost,
    wait: outcome.waitSeconds.p95,
  });
  const data = {
    kind: "tuning" as const,
    cost: priced ? "cost" : "node hours",
    points: tuning.outcomes.map((outcome) => ({ ...dot(outcome), onFront: front.has(outcome) })),
    current: dot(tuning.current),
  };
  return reportFrame({
    title: `Constants of ${shortNames([formula.name])[0]}`,
    intro: `${counted(tuning.outcomes.length, "point")} over ${escaped(scenario)}, each under ${counted(seeds.length, "seed")}; figures are means. Searched: ${ranges
      .map(({ name, values }) => `${escaped(name)} (${counted(values.length, "value")})`)
      .join(", ")}.`,
    sections: [
      chart(
        "front",
        `Wait over ${data.cost}`,
        "A dot for each choice of constants. Filled and joined: no other choice has both less cost and less wait. The square is the formula as it is.",
      ),
      frontTable(found),
      ...tuning.front.map(({ point, formula: text }) => foldedText(constantsText(point), text, false)),
      foldedText(`${formula.name} as it is`, formula.text, false),
    ],
    data,
  });
}

function frontTable({ tuning, ranges, priced }: Search): string {
  const figures = tuningFigures(priced);
  const head = [...ranges.map(({ name }) => name), ...figures.map(({ title }) => title)]
    .map((title) => `<th scope="col">${escaped(title)}</th>`)
    .join("");
  const row = (constants: readonly string[], outcome: (typeof tuning.front)[number]) =>
    `<tr>${[...constants.map(escaped), ...figures.map(({ text }) => text(outcome))].map((cell) => `<td>${cell}</td>`).join("")}</tr>`;
  const rows = [
    ...tuning.front.map((outcome) =>
      row(
        ranges.map(({ name }) => String(outcome.point[name])),
        outcome,
      ),
    ),
    row(
      ranges.map((_, i) => (i === 0 ? "as it is" : "")),
      tuning.current,
    ),
  ];
  return section(`<div class="scroll"><table><thead><tr>${head}</tr></thead><tbody>${rows.join("\n")}</tbody></table></div>`);
}
