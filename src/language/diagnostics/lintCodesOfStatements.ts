/**
 * Lint codes about names, statements, conditions and silencing comments (rules 1.13, 2.2, 2.12 to 2.17, 4.1, 4.2).
 */
import { lintRow } from "./lintRow.ts";

export const lintRowsOfStatements = [
  lintRow("obsolete-name", "hint", "4.1", {
    message: (d) => `${d.name} is an older name of ${d.full}`,
    hint: (d) => `write ${d.full}`,
    reason:
      "Old names still work, but documentation and tools speak of the new one, and a formula that uses both is hard to read.",
    example: "$TargetDedicated = 5;",
    fix: "keeps",
  }),
  lintRow("alias-without-effect", "warning", "4.2", {
    message: (d) => `This assignment changes nothing: ${d.full} is assigned too, and the full name wins`,
    hint: (d) => `assign only ${d.full}`,
    reason: "The two names are one variable. Whatever the order, the value given to the full name counts.",
    example: "$TargetDedicatedNodes = 5; $TargetDedicated = 8;",
  }),
  lintRow("forgotten-semicolon", "warning", "1.1, 1.3", {
    message: (d) => `This line goes on with the one before: it is read as ${d.read}`,
    hint: () => "end the line before with a semicolon, or indent this line if it belongs there",
    reason:
      "A line end means nothing to the service, only a semicolon ends a statement. A line that starts with - or ( is joined to the one above.",
    example: "x = 10\n-x;",
  }),
  lintRow("comparison-as-statement", "warning", "1.13", {
    message: (d) => `${d.operator} compares; nothing is assigned`,
    hint: (d) => (d.operator === "==" ? "an assignment has one =" : "did you forget the name on the left?"),
    reason: "The comparison is computed and forgotten. The variable on its left keeps its value.",
    example: "$TargetDedicatedNodes == 5;",
  }),
  lintRow("statement-without-effect", "hint", "1.13", {
    message: () => "The value of this statement is not used",
    hint: () => "give it a name: x = …; or remove it",
    reason: "Only assignments show in the results or move a target. A statement without one can do nothing but fail.",
    example: "max(1, 2);",
  }),
  lintRow("unused-variable", "hint", "6.11", {
    message: (d) => `${d.name} is assigned but never read`,
    hint: () => "it is printed in the results; if that is not why it is there, remove it",
    reason: "Often a variable is unused because a later line was to use it and names another.",
    example: "spare = 2; $TargetDedicatedNodes = 5;",
  }),
  lintRow("overwritten-before-read", "warning", "2.17", {
    message: (d) => `${d.name} is assigned again in line ${d.line} before anything reads it`,
    hint: () => "remove one of the two assignments, or use the first value in the second",
    reason: "Only the later assignment counts. Often the second line was to refine the first, as in n = min(n, 10).",
    example: "n = 5; n = 6; $TargetDedicatedNodes = n;",
    fix: "keeps",
  }),
  lintRow("unreachable-statement", "warning", "3.15", {
    message: () => "This statement is never reached: stop() ends the run before it",
    hint: () => "remove it, or make the stop depend on a condition: done ? stop() : 0",
    reason: "stop() ends the evaluation at once. What is assigned after it never happens.",
    example: "$TargetDedicatedNodes = 5; stop(); x = 1;",
  }),
  lintRow("constant-condition", "warning", "2.14", {
    message: (d) => `This condition is always ${d.truth}`,
    hint: (d) => d.hint || `only the ${d.branch} counts`,
    reason:
      "A condition that does not depend on anything is a slip: a wrong variable, a number out of range, or a test that was left in.",
    example: "x = $CPUPercent > 100 ? 2 : 1;",
  }),
  lintRow("dead-branch", "warning", "2.14", {
    message: (d) => `After the condition around it this one is always ${d.truth}`,
    hint: (d) => `the ${d.branch} is never taken: are the conditions in the wrong order?`,
    reason:
      "The outer condition has already decided. Steps such as x > 5 ? … : (x > 10 ? … : …) never reach the inner one: begin with the largest.",
    example: "n = max(0, $PendingTasks.GetSample(1)); x = n > 5 ? 1 : (n > 10 ? 2 : 3);",
  }),
  lintRow("self-comparison", "warning", "2.12", {
    message: (d) => `${d.left} is compared with itself`,
    hint: () => "one of the two sides was meant to be something else",
    reason: "A value is always equal to itself, so the comparison decides nothing.",
    example: "a = 1; x = a > a ? 1 : 2;",
  }),
  lintRow("same-branches", "warning", "2.14", {
    message: () => "Both branches are the same",
    hint: () => "the condition decides nothing: change a branch or remove the condition",
    reason: "Usually a copied branch was to be changed and was not.",
    example: "x = $CurrentDedicatedNodes > 3 ? 5 : 5;",
    fix: "keeps",
  }),
  lintRow("sum-as-condition", "warning", "2.16", {
    message: (d) => `The whole of ${d.condition} is the condition`,
    hint: () => "?: binds weakest: put parentheses around the conditional, or around the condition if you mean it so",
    reason: "a + b ? 1 : 0 asks whether a + b is not 0; it does not add 1 or 0 to a.",
    example: "$TargetDedicatedNodes = 2 + $CurrentDedicatedNodes ? 3 : 0;",
  }),
  lintRow("chained-comparison", "warning", "2.12, 2.16", {
    message: (d) => `${d.first} is 0 or 1, and that is compared with ${d.last}`,
    hint: (d) => `write ${d.rewritten}`,
    reason: "The language has no chains: 0 < x < 5 first becomes 1 or 0, and both are less than 5.",
    example: "n = $CurrentDedicatedNodes; x = 0 < n < 5 ? 1 : 2;",
  }),
  lintRow("negated-operand", "warning", "2.16", {
    message: (d) => `! belongs to ${d.operand} alone, not to the comparison`,
    hint: (d) => `write !(${d.operand} ${d.operator} …), or the opposite comparison`,
    reason: "! binds tighter than a comparison: !a > b compares 0 or 1 with b.",
    example: "n = $CurrentDedicatedNodes; x = !n > 5 ? 1 : 2;",
  }),
  lintRow("unknown-ignore", "hint", "1.4", {
    message: (d) => (d.code === "" ? "This comment names no code to ignore" : `There is no lint code ${d.code}`),
    hint: (d) => (d.nearest ? `did you mean ${d.nearest}?` : "write // weir-ignore: code, code"),
    reason: "A silencing comment that is misspelt silences nothing, and looks as if it did.",
    example: "// weir-ignore: no-targets\nx = 1;",
  }),
  lintRow("unused-ignore", "hint", "1.4", {
    message: (d) => `Nothing here provokes ${d.code}`,
    hint: () => "remove the comment: it would hide the next mistake",
    reason: "The reason to look away has gone. A comment that stays would silence a new mistake of the same kind.",
    example: "// weir-ignore: self-comparison\nx = 1;",
  }),
] as const;
