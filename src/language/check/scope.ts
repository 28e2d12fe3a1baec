/**
 * What each name means at the statement being checked. There are no loops and no conditional assignments, so an assignment simply makes the name
 * mean another register from then on (rule 2.17), and which of a name and its alias wins is known (rules 4.2, 8.24).
 */
import type { VariableRow } from "../builtins/index.ts";
import { fullName } from "../builtins/index.ts";
import type { Assignment, Register } from "../ir.ts";

/** A name's present meaning. `register` is NO_REGISTER after an assignment whose value is certain to fail. */
interface Version {
  register: Register;
  /** The assignment that gave it, still open for its `next`; undefined if that assignment cannot be reached. */
  assignment: { next: number } | undefined;
  byFullName: boolean;
}

/** User-defined variables, targets and option by name; targets and option by their full name. */
export class Scope {
  private readonly versions = new Map<string, Version>();

  /** The register that the name (a user's, or a full one) means now; undefined if it was never assigned. */
  get(name: string): Register | undefined {
    return this.versions.get(name)?.register;
  }

  /** Names that a misspelt one may have meant. */
  names(): Iterable<string> {
    return this.versions.keys();
  }

  /**
   * Lets the name mean `register` from the step numbered `step` on. Gives the assignment to put there; undefined when it binds nothing: an alias
   * whose full name was assigned before, a value that never comes (NO_REGISTER), or a step that is not reached.
   */
  bind(
    name: string,
    row: VariableRow | undefined,
    register: Register,
    at: number,
    step: number,
    isReached: boolean,
  ): Assignment | undefined {
    const full = row === undefined ? name : fullName(row);
    const byFullName = row === undefined || row.aliasOf === undefined;
    const version = this.versions.get(full);
    if (version?.byFullName && !byFullName) return undefined;
    let assignment: (Assignment & { next: number }) | undefined;
    if (isReached && register >= 0) {
      const kind = row === undefined ? "user" : row.kind === "target" ? "target" : "option";
      assignment = { kind, name: full, register, at, next: -1 };
      if (version?.assignment !== undefined) version.assignment.next = step;
    }
    if (version === undefined) this.versions.set(full, { register, assignment, byFullName });
    else {
      version.register = register;
      version.assignment = assignment;
      version.byFullName = byFullName;
    }
    return assignment;
  }
}
