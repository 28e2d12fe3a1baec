/**
 * What is wrong with a test file itself, as opposed to a formula that does not do what a case expects. Every problem names the place in the test
 * file and what to do about it; a file with a problem is not run at all, because half a test file that passes would say too much.
 */

/** Line and column in the test file, both from 1; columns count UTF-16 units. */
export interface Place {
  readonly line: number;
  readonly column: number;
}

export interface TestProblem extends Place {
  /** One line: what is wrong, in the words of the file. */
  readonly message: string;
  /** What to do about it, as an instruction; undefined where the message says it all. */
  readonly remedy: string | undefined;
}

/** Problems shown of one file; whoever has more has made one mistake many times. */
const PROBLEMS_MAX = 50;

/** Collects problems; what was said of the same place before is not said again (rows of `each:` share their lines). */
export class TestProblems {
  private readonly found = new Map<string, TestProblem>();

  add(place: Place, message: string, remedy?: string): void {
    const problem = { line: place.line, column: place.column, message: visible(message), remedy };
    const key = `${problem.line}:${problem.column}:${problem.message}`;
    if (this.found.size < PROBLEMS_MAX && !this.found.has(key)) this.found.set(key, problem);
  }

  get any(): boolean {
    return this.found.size > 0;
  }

  /** In the order of the file. */
  list(): readonly TestProblem[] {
    return [...this.found.values()].sort((a, b) => a.line - b.line || a.column - b.column);
  }
}

/** Foreign text as one visible line. */
export function visible(text: string): string {
  return text.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g, "·");
}

/** `file:line:column: error: message (remedy)`. */
export function testProblemText(name: string, problem: TestProblem): string {
  const remedy = problem.remedy === undefined ? "" : ` (${problem.remedy})`;
  return `${name}:${problem.line}:${problem.column}: error: ${problem.message}${remedy}`;
}
