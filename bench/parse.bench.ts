/**
 * Reading the formula of the expression bench: text to tree. The limit is `new Function` on a text that V8 has not seen, which reads and
 * compiles; of our compile time, reading may take a third. Peers read the same meaning in their own tongue. The last rows say what the
 * grammar's own parser costs, with our tree and with a concrete one: why the fast reader exists, and why the grammar builds directly.
 */
import { pathToFileURL } from "node:url";
import { parse as mathParse } from "mathjs";
import { formulaLexer } from "../grammar/tokens.ts";
import { Source } from "../src/language/source.ts";
import { format } from "../src/language/syntax/format.ts";
import { grammarReading, tokensOf } from "../src/language/syntax/mistakes.ts";
import { parse } from "../src/language/syntax/parse.ts";
import { FORMULA, javascriptText, MATH } from "./expressionPeers.ts";
import { ConcreteParser } from "./parseConcrete.ts";
import { measure, report } from "./report.ts";

const BATCH = 100;

const many = (name: string, operations: number, once: () => unknown) => ({
  name,
  operations,
  run: () => {
    let last: unknown;
    for (let i = 0; i < operations; i++) last = once();
    return last;
  },
});

/** The whole suite; `print` takes a line at a time. */
export function parseBench(print: (line: string) => void = console.log): void {
  const lexer = formulaLexer();
  const concrete = new ConcreteParser();
  const broken = FORMULA.replace("perNode =", "perNode = =").replace("min(40", "min(40 %");
  if (parse(new Source(FORMULA)).formula?.statements.length !== 9) throw new Error("the formula has nine statements");
  if (parse(new Source(broken)).diagnostics.length !== 2) throw new Error("the broken formula has two mistakes");
  let salt = 0;
  const [ours, limit, math, grammar, cst, mistakes, layout] = measure([
    many("parse", BATCH, () => parse(new Source(FORMULA)).formula),
    many(
      "new Function, fresh text",
      BATCH,
      () => new Function("active", "running", "slots", "current", "pending", javascriptText(`parse${salt++}`)),
    ),
    many("mathjs.parse", 10, () => mathParse(MATH)),
    many("grammar's parser", 10, () => grammarReading(tokensOf(FORMULA), 100)),
    many("grammar, concrete tree", 10, () => {
      concrete.input = lexer.tokenize(FORMULA).tokens;
      return concrete.formula();
    }),
    many("two mistakes", 10, () => parse(new Source(broken)).diagnostics),
    many("format", 10, () => format(new Source(FORMULA)).text),
  ]);
  const table = report("Reading nine statements", print);
  table.row("parse / new Function, fresh text", ours, limit, { floor: 0.5, moonshot: 0.33 });
  table.row("parse / mathjs.parse", ours, math, { floor: 0.2, moonshot: 0.1 });
  table.row("parse / the grammar's parser, same tree", ours, grammar);
  table.row("grammar's parser, our tree / concrete tree", grammar, cst);
  table.row("explaining two mistakes / the grammar's parser", mistakes, grammar);
  table.row("format / parse", layout, ours);
  table.finish();
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) parseBench();
