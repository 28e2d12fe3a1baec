/**
 * Formulas from dice, for property tests: by the grammar, broken ones, soup of tokens and of characters, and the deep ones that look for
 * the end of a stack. Everything comes from fast-check, so a failure shrinks and repeats.
 */
import fc from "fast-check";

/** What a generator may put into a formula. */
export interface Vocabulary {
  readonly names: readonly string[];
  readonly functions: readonly string[];
  readonly methods: readonly string[];
  readonly members: readonly string[];
}

/** Names of every shape, service-defined and user-defined, and some that trip a careless table. */
export const plainVocabulary: Vocabulary = {
  names: [
    "$TargetDedicatedNodes",
    "$PendingTasks",
    "$CPUPercent",
    "TimeInterval_Minute",
    "x",
    "$x",
    "_y2",
    "$",
    "max",
    "constructor",
    "__proto__",
  ],
  functions: ["max", "min", "avg", "time", "$f", "toString"],
  methods: ["GetSample", "GetSamplePercent", "Count", "x"],
  members: ["year", "weekday", "hour"],
};

const BINARY = ["+", "-", "*", "/", "<", "<=", ">", ">=", "==", "!=", "&&", "||"];
const NUMBERS = [
  "0",
  "1",
  "70",
  "1.5",
  ".5",
  "1.",
  "1e3",
  "2E-4",
  "1.e+2",
  "123456789012345678",
  "9007199254740993",
  "1e999",
  "0.1",
];
const STRINGS = ['""', '"2026-01-05"', '"a // b"', '"é“\t;"', '"\'\\"'];
const BETWEEN = ["", "", " ", " ", "  ", "\t", "\n", "\r\n", "\r", "\v\f", "// c\n", ' // "x" ; é\r\n', "//\n// d\n"];

type Tokens = readonly string[];

function arbitraryTokens(vocabulary: Vocabulary): fc.Arbitrary<Tokens> {
  const one = (words: readonly string[]) => fc.constantFrom(...words);
  const { expression } = fc.letrec<Record<"expression" | "operand" | "args" | "primary", Tokens>>((tie) => ({
    expression: fc.oneof(
      { maxDepth: 4, depthSize: "small", withCrossShrink: true },
      tie("operand"),
      fc
        .tuple(tie("operand"), fc.array(fc.tuple(one(BINARY), tie("operand")), { minLength: 1, maxLength: 3 }))
        .map(([first, rest]) => [...first, ...rest.flatMap(([operator, operand]) => [operator, ...operand])]),
      fc
        .tuple(tie("operand"), tie("expression"), tie("expression"))
        .map(([condition, whenTrue, whenFalse]) => [...condition, "?", ...whenTrue, ":", ...whenFalse]),
    ),
    operand: fc.oneof(
      { maxDepth: 4, depthSize: "small", withCrossShrink: true },
      tie("primary"),
      fc
        .tuple(fc.array(one(["-", "!"]), { minLength: 1, maxLength: 3 }), tie("primary"))
        .map(([signs, primary]) => [...signs, ...primary]),
      fc
        .tuple(tie("primary"), one(vocabulary.methods), tie("args"))
        .map(([object, name, args]) => [...object, ".", name, "(", ...args, ")"]),
      fc.tuple(tie("primary"), one(vocabulary.members)).map(([object, name]) => [...object, ".", name]),
    ),
    args: fc
      .array(tie("expression"), { maxLength: 2 })
      .map((args) => args.flatMap((arg, index) => (index === 0 ? arg : [",", ...arg]))),
    primary: fc.oneof(
      { maxDepth: 4, depthSize: "small", withCrossShrink: true },
      one(vocabulary.names).map((name) => [name]),
      one(NUMBERS).map((number) => [number]),
      one(STRINGS).map((string) => [string]),
      fc.tuple(one(vocabulary.functions), tie("args")).map(([name, args]) => [name, "(", ...args, ")"]),
      tie("expression").map((inner) => ["(", ...inner, ")"]),
      tie("args").map((args) => ["[", ...args, "]"]),
    ),
  }));
  const statement = fc.oneof(
    expression,
    fc.tuple(one(vocabulary.names), expression).map(([name, value]) => [name, "=", ...value]),
    fc.constant([] as Tokens),
  );
  return fc
    .tuple(fc.array(statement, { maxLength: 4 }), fc.boolean())
    .map(([statements, ended]) => [
      ...statements.flatMap((tokens, index) => (index === 0 ? tokens : [";", ...tokens])),
      ...(ended ? [";"] : []),
    ]);
}

/** What must not touch: a number and the point behind it, a division and a comment behind it. */
function joined(tokens: Tokens, between: (index: number) => string): string {
  let text = "";
  tokens.forEach((token, index) => {
    const blank = between(index);
    const behindNumber = token === "." && blank === "" && /[0-9.]$/.test(text);
    const behindDivision = blank.startsWith("//") && text.endsWith("/");
    text += `${behindNumber || behindDivision ? " " : ""}${blank}${token}`;
  });
  return text;
}

/** A text that the grammar accepts, with single blanks: every construct, any order of names, types not cared for. */
export function arbitraryFormulaText(vocabulary: Vocabulary = plainVocabulary): fc.Arbitrary<string> {
  return arbitraryTokens(vocabulary)
    .map((tokens) => joined(tokens, (index) => (index === 0 ? "" : " ")))
    .filter((text) => text.length <= 8192);
}

/** The same with blanks, line ends and comments of every kind, or nothing, between any two tokens. */
export function arbitraryFormulaLayout(vocabulary: Vocabulary = plainVocabulary): fc.Arbitrary<string> {
  return fc
    .tuple(arbitraryTokens(vocabulary), fc.array(fc.constantFrom(...BETWEEN), { minLength: 1, maxLength: 40 }))
    .map(
      ([tokens, between]) =>
        joined(tokens, (index) => between[index % between.length]) + between[tokens.length % between.length],
    )
    .filter((text) => text.length <= 8192);
}

const SOUP = [
  ...BINARY,
  ...NUMBERS,
  ...STRINGS,
  ..."!=?:;,.()[]%^&|{}'\"#@\\",
  "x",
  "$y",
  "max",
  "and",
  "if",
  "/*",
  "*/",
  "//",
  "\n",
  " ",
  "“",
  "−",
  "\u00a0",
  "😀",
  "\u0000",
];

/** Tokens and near-tokens in any order, often refused. */
export const arbitraryTokenSoup: fc.Arbitrary<string> = fc
  .array(fc.tuple(fc.constantFrom(...SOUP), fc.constantFrom("", " ", "\n")), { maxLength: 24 })
  .map((parts) => parts.map(([token, blank]) => token + blank).join(""));

/** Any characters, lone surrogates included. */
export const arbitraryCharacterSoup: fc.Arbitrary<string> = fc.oneof(
  fc.string({ unit: "binary", maxLength: 40 }),
  fc.string({ maxLength: 40 }),
);

/** A formula with up to three characters deleted, inserted or replaced. */
export const arbitraryBrokenFormula: fc.Arbitrary<string> = fc
  .tuple(
    arbitraryFormulaText(),
    fc.array(fc.tuple(fc.nat(), fc.constantFrom("delete", "insert", "replace"), fc.constantFrom(...SOUP)), {
      minLength: 1,
      maxLength: 3,
    }),
  )
  .map(([text, changes]) => {
    let changed = text;
    for (const [where, how, what] of changes) {
      const at = where % (changed.length + 1);
      changed = changed.slice(0, at) + (how === "delete" ? "" : what) + changed.slice(how === "insert" ? at : at + 1);
    }
    return changed;
  });

/** Texts of 8192 characters that nest or chain as much as they can, with a short name. */
export const hostileTexts: readonly (readonly [string, string])[] = (
  [
    ["parentheses", "("],
    ["brackets", "["],
    ["calls", "f("],
    ["methods", "x.y("],
    ["signs", "-"],
    ["negations", "!"],
    ["conditions", "a?"],
    ["else branches", "a?b:"],
    ["closing parentheses", ")"],
    ["open sums", "1+("],
    ["all strengths", "a||a&&a==a<a+a*("],
    ["quotes", '"'],
    ["slashes", "/"],
    ["points", "."],
    ["semicolons", ";"],
    ["statements", "a;"],
    ["names side by side", "a "],
    ["equal signs", "="],
    ["braces", "{"],
  ] as const
).map(([name, piece]) => [name, piece.repeat(8192 / piece.length)] as const);

/** Valid formulas as deep as the limit of 500 levels allows, and chains of great length; with a short name. */
export const deepestFormulas: readonly (readonly [string, string])[] = [
  ["parentheses", `${"(".repeat(500)}1${")".repeat(500)}`],
  ["calls", `${"max(".repeat(500)}1${")".repeat(500)}`],
  ["vectors", `${"[".repeat(500)}1${"]".repeat(500)}`],
  ["negations", `${"!".repeat(500)}1`],
  ["true branches", `${"1?".repeat(500)}1${":1".repeat(500)}`],
  ["else branches", `${"1?1:".repeat(500)}1`],
  ["conditions", `${"(".repeat(250)}1${"?1:1)".repeat(250)}`],
  ["members", `x${".y".repeat(500)}`],
  ["sums in parentheses", `${"1+(".repeat(500)}1${")".repeat(500)}`],
  ["all strengths", `${"1||1&&1==1<1+1*(".repeat(160)}1${")".repeat(160)}`],
  ["long sum", `1${"+1".repeat(4095)}`],
  ["long or", `1${"||1".repeat(2730)}`],
  ["long mixed chain", `1${"*1+1".repeat(2047)}`],
];
