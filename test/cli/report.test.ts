/** The back-test's page: complete in itself, safe whatever a formula is called or says, and with the numbers of the back-test. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { buildOnce, Workplace } from "./weir.ts";

let place: Workplace;
let page: string;
// biome-ignore lint/suspicious/noExplicitAny: the shape of the document is what is tested.
let data: any;
const hostile = `// </script><script>alert(1)</script> & "quotes"\n$TargetDedicatedNodes = 7; $TargetLowPriorityNodes = 1;\n`;
beforeAll(() => {
  buildOnce();
  place = new Workplace();
  place.write("<img src=x onerror=alert(1)>.formula", hostile);
  const args = [
    "backtest",
    "unguarded.formula",
    "<img src=x onerror=alert(1)>.formula",
    "--metrics",
    "tasks.csv",
    "--interval",
    "PT5M",
  ];
  expect(place.weir([...args, "--html", "report.html", "--quiet"]).code).toBe(0);
  page = place.read("report.html");
  data = JSON.parse(/<script id="data" type="application\/json">(.*?)<\/script>/s.exec(page)![1]);
});
afterAll(() => place.clear());

describe("the report", () => {
  it("loads nothing: no address, no source, and a policy that forbids both", () => {
    const ours = page.replace(/http:\/\/www\.w3\.org\/\S*/g, "");
    expect(ours).not.toMatch(/\b(src|href)\s*=\s*["']|@import|url\(\s*["']?https?:/i);
    expect(page).toContain(`content="default-src 'none'`);
  });

  it("names and texts of formulas cannot become markup", () => {
    expect(page).not.toContain("<img");
    expect(page.match(/<script/g)).toHaveLength(3);
    expect(page).toContain("&#60;img src=x onerror=alert(1)&#62;");
    expect(page).toContain("&#60;/script&#62;");
  });

  it("charts have the steps of the back-test", () => {
    expect(data.times).toHaveLength(25);
    expect(data.times[0]).toBe(Date.UTC(2026, 0, 5, 8) / 1000);
    expect(data.demand.slice(0, 4)).toEqual([3, 4, 6, 9]);
    const [unguarded, constant] = data.formulas;
    expect(constant.total).toEqual(new Array(25).fill(8));
    expect(constant.lowPriority).toEqual(new Array(25).fill(1));
    expect(constant.hours[24]).toBeCloseTo((24 * 8) / 12, 1);
    expect(unguarded.failedPoints.slice(0, 3)).toEqual([0, 1, 2]);
  });

  it("the failures are told with their first example", () => {
    expect(page).toContain("InsufficientSampleData");
    expect(page).toContain("wanted 70%, received 17%");
  });
});
