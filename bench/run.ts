/**
 * `npm run bench [NAME…]`: every suite, each in a process of its own so that none runs on code that another has warmed or spoilt. A suite prints its
 * ratios itself; here they are counted and kept in bench/results/VERSION.txt when all suites ran.
 */
import { spawnSync } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { cpus, loadavg } from "node:os";
import { join } from "node:path";

const folder = import.meta.dirname;
const suites = readdirSync(folder)
  .filter((name) => name.endsWith(".bench.ts"))
  .map((name) => name.replace(".bench.ts", ""));
const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !suites.includes(name));
if (unknown.length > 0) {
  console.error(`no such suite: ${unknown.join(", ")}; there are ${suites.join(", ")}`);
  process.exit(2);
}

const { version } = JSON.parse(readFileSync(join(folder, "..", "package.json"), "utf8")) as { version: string };
const heading = `weir ${version}, node ${process.version}, ${cpus().length} x ${cpus()[0]?.model ?? "unknown"}, load ${loadavg()[0].toFixed(1)}`;
console.log(heading);

let text = `${heading}\n`;
let failed = false;
for (const name of wanted.length > 0 ? wanted : suites) {
  console.log(`\n== ${name}`);
  const ran = spawnSync(process.execPath, ["--import", "tsx", join(folder, `${name}.bench.ts`)], {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "inherit"],
    maxBuffer: 1 << 24,
  });
  process.stdout.write(ran.stdout);
  text += `\n== ${name}\n${ran.stdout}`;
  if (ran.status !== 0) {
    failed = true;
    console.error(`${name} ended with ${ran.status ?? ran.signal}`);
  }
}

const missed = text.match(/FLOOR MISSED/g)?.length ?? 0;
console.log(`\nratios below their floor: ${missed}`);
if (wanted.length === 0 && !failed) {
  mkdirSync(join(folder, "results"), { recursive: true });
  writeFileSync(join(folder, "results", `${version}.txt`), text);
}
process.exitCode = failed ? 1 : 0;
