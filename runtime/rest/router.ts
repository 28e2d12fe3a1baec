/**
 * From method and path to an operation: a tree of path segments made from the operations table. A literal segment wins over a parameter. The last
 * parameter of file operations takes the rest of the path, since some clients leave the slashes of a file's path as they are.
 */
import { BatchError, repeated } from "./errors.ts";
import { type Method, type Operation, operations } from "./operations.ts";
import type { RequestLine } from "./requestLine.ts";

interface Branch {
  readonly literals: Map<string, Branch>;
  /** A segment that is wholly a parameter. */
  parameter: { readonly name: string; readonly branch: Branch } | undefined;
  /** A segment with parameters inside: `certificates(thumbprintAlgorithm={…},thumbprint={…})`. */
  readonly patterns: {
    readonly template: string;
    readonly names: readonly string[];
    readonly form: RegExp;
    readonly branch: Branch;
  }[];
  readonly operations: Map<Method, Operation>;
}

const branch = (): Branch => ({ literals: new Map(), parameter: undefined, patterns: [], operations: new Map() });

function step(at: Branch, segment: string): Branch {
  const names = [...segment.matchAll(/\{(\w+)\}/g)].map((match) => match[1]);
  if (names.length === 0) {
    let next = at.literals.get(segment);
    if (next === undefined) at.literals.set(segment, (next = branch()));
    return next;
  }
  if (segment === `{${names[0]}}`) {
    at.parameter ??= { name: names[0], branch: branch() };
    if (at.parameter.name !== names[0]) throw new Error(`two names for one place: ${segment}`);
    return at.parameter.branch;
  }
  const known = at.patterns.find((pattern) => pattern.template === segment);
  if (known !== undefined) return known.branch;
  const source = segment
    .split(/\{\w+\}/)
    .map((text) => text.replace(/[()]/g, "\\$&"))
    .join("([^,()]{1,200})");
  const made = { template: segment, names, form: new RegExp(`^${source}$`), branch: branch() };
  at.patterns.push(made);
  return made.branch;
}

const root = branch();
for (const row of operations.rows) {
  const end = row.path.slice(1).split("/").reduce(step, root);
  end.operations.set(row.method, row);
}

/** An operation and the decoded parts of its path. */
interface Route {
  readonly operation: Operation;
  readonly path: Readonly<Record<string, string>>;
}

/** Finds the operation; 404 ResourceNotFound for a path that no operation has, 405 UnsupportedHttpVerb for another verb of one that some have. */
export function route(method: string, line: RequestLine): Route {
  const path: Record<string, string> = Object.create(null);
  let at = root;
  for (let i = 0; i < line.segments.length; i++) {
    const segment = line.segments[i];
    const literal = at.literals.get(segment);
    if (literal !== undefined) {
      at = literal;
      continue;
    }
    if (at.parameter !== undefined && segment !== "") {
      const { name, branch: next } = at.parameter;
      at = next;
      if (name !== "filePath") path[name] = segment;
      else {
        path[name] = line.segments.slice(i).join("/");
        break;
      }
      continue;
    }
    const pattern = at.patterns.find(({ form }) => form.test(segment));
    if (pattern === undefined) throw notFound(line);
    const found = pattern.form.exec(segment)!;
    pattern.names.forEach((name, index) => {
      path[name] = found[index + 1];
    });
    at = pattern.branch;
  }
  if (at.operations.size === 0) throw notFound(line);
  const operation = at.operations.get(method as Method);
  if (operation === undefined) {
    const allowed = [...at.operations.keys()].join(", ");
    throw new BatchError("UnsupportedHttpVerb", `this resource does not support ${repeated(method)}, only ${allowed}`, [], {
      headers: { Allow: allowed },
    });
  }
  return { operation, path };
}

function notFound(line: RequestLine): BatchError {
  return new BatchError("ResourceNotFound", `there is no resource of this path: ${repeated(line.rawPath)}`);
}
