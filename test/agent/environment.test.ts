/** The table of variables (section 17) and what becomes of a description's environment. */
import { describe, expect, it } from "vitest";
import { completeEnvironment, ENVIRONMENT_VARIABLES, inheritedEnvironment } from "../../runtime/agent/run/environment.ts";

const place = { nodeRoot: "/r/n1", directory: "/r/n1/workitems/j/job-1/t" };

function complete(described: [string, string][]): Map<string, string> {
  const all = completeEnvironment([["PATH", "/bin"]], described, place);
  if ("problem" in all) throw new Error(all.problem);
  return all;
}

describe("completeEnvironment", () => {
  it("section 17: gives every path of the table its place below the node's root", () => {
    const all = complete([]);
    expect(Object.fromEntries([...all].filter(([name]) => name.startsWith("AZ_BATCH")))).toEqual({
      AZ_BATCH_NODE_ROOT_DIR: "/r/n1",
      AZ_BATCH_NODE_SHARED_DIR: "/r/n1/shared",
      AZ_BATCH_NODE_STARTUP_DIR: "/r/n1/startup",
      AZ_BATCH_NODE_MOUNTS_DIR: "/r/n1/fsmounts",
      AZ_BATCH_TASK_DIR: "/r/n1/workitems/j/job-1/t",
      AZ_BATCH_TASK_WORKING_DIR: "/r/n1/workitems/j/job-1/t/wd",
      AZ_BATCH_CERTIFICATES_DIR: "/r/n1/workitems/j/job-1/t/certs",
    });
  });

  it("section 9, step 7: later settings win over earlier ones, and nobody over the paths", () => {
    const all = complete([
      ["PATH", "/opt"],
      ["A", "1"],
      ["A", "2"],
      ["HOME", "/h/x"],
      ["AZ_BATCH_TASK_DIR", "/etc"],
      ["__proto__", "own"],
    ]);
    expect(all.get("PATH")).toBe("/opt");
    expect(all.get("A")).toBe("2");
    expect(all.get("HOME")).toBe("/h/x");
    expect(all.get("AZ_BATCH_TASK_DIR")).toBe(place.directory);
    expect(all.get("__proto__")).toBe("own");
  });

  it.each([
    ["", "x", "a name that no process"],
    ["A=B", "x", "a name that no process"],
    ["A\0", "x", "a name that no process"],
    ["A", "x\0y", "NUL"],
  ])("refuses the name %j with the value %j", (name, value, problem) => {
    const result = completeEnvironment([], [[name, value]], place);
    expect("problem" in result && result.problem).toContain(problem);
  });

  it("hands on nothing of the agent's own environment but what programs need to start", () => {
    const inherited = inheritedEnvironment({ PATH: "/x", SECRET_KEY: "s", LANG: "C" });
    expect(inherited).toEqual([
      ["PATH", "/x"],
      ["LANG", "C"],
    ]);
    expect(new Map(inheritedEnvironment({})).get("PATH")).toContain("/usr/bin");
  });

  it("has each variable once, with a meaning", () => {
    const names = ENVIRONMENT_VARIABLES.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    expect(names.length).toBe(24);
    expect(ENVIRONMENT_VARIABLES.every(({ meaning }) => meaning.length > 5)).toBe(true);
  });
});
