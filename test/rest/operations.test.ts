/** The tables of operations and models are whole and agree with each other, and every path finds its operation. */
import { describe, expect, it } from "vitest";
import { BatchError, errorRows } from "../../runtime/rest/errors.ts";
import { filterProperties, wireName } from "../../runtime/rest/filterTable.ts";
import { operations } from "../../runtime/rest/operations.ts";
import { requestLine } from "../../runtime/rest/requestLine.ts";
import { route } from "../../runtime/rest/router.ts";
import { model, modelNames, propertyAt } from "../../runtime/rest/schema.ts";
import { refusalRows } from "../../runtime/core/refusals.ts";
import { apiVersions, baseVersion, requestedVersion } from "../../runtime/rest/versions.ts";

const filled = (path: string) => path.replace(/\{(\w+)\}/g, "x$1");

describe("the operations table", () => {
  it("has the 78 operations of 2022-10-01.16.0, the two newer ones of nodes and the older OS upgrade; and one addition", () => {
    const known = operations.rows.filter(({ isAddition }) => !isAddition);
    expect(operations.rows.filter(({ isAddition }) => isAddition).map(({ name }) => name)).toEqual(["Task_ListEnvironment"]);
    const inBase = known.filter(({ since, until }) => (since ?? "") <= baseVersion.date && (until ?? "9") >= baseVersion.date);
    expect(inBase).toHaveLength(78);
    expect(known).toHaveLength(81);
    const count = (method: string) => inBase.filter((row) => row.method === method).length;
    expect(["GET", "POST", "DELETE", "PUT", "HEAD", "PATCH"].map(count)).toEqual([31, 28, 8, 4, 4, 3]);
    expect(inBase.filter(({ pageMax }) => pageMax !== undefined)).toHaveLength(15);
    expect(inBase.filter(({ conditions }) => conditions === "all")).toHaveLength(28);
    expect(inBase.filter(({ conditions }) => conditions === "dates")).toHaveLength(4);
  });

  it("finds every operation by its own method and path, and no other", () => {
    for (const row of operations.rows) {
      const found = route(row.method, requestLine(filled(row.path)));
      expect(found.operation.name).toBe(row.name);
      for (const [, name] of row.path.matchAll(/\{(\w+)\}/g)) expect(found.path[name]).toBe(`x${name}`);
    }
  });

  it("every list that takes a filter has properties to filter by, and each exists in the model of its items", () => {
    let properties = 0;
    for (const row of operations.rows) {
      const table = filterProperties(row.name);
      expect(table !== undefined, row.name).toBe(row.query.includes("$filter"));
      for (const name of table?.keys() ?? []) {
        properties++;
        expect(propertyAt(row.answerModel!, wireName(name)), `${row.name} ${name}`).toBeDefined();
      }
    }
    expect(properties).toBeGreaterThan(70);
  });

  it("operations whose answer can be selected from have a model of it", () => {
    for (const row of operations.rows) if (row.query.includes("$select")) expect(row.answerModel, row.name).toBeDefined();
  });
});

describe("routing", () => {
  const at = (method: string, path: string) => {
    try {
      return route(method, requestLine(path));
    } catch (error) {
      if (!(error instanceof BatchError)) throw error;
      return `${error.status} ${error.code}`;
    }
  };

  it("404 for a path of no operation, 405 with Allow for another verb of a known one", () => {
    expect(at("GET", "/nope")).toBe("404 ResourceNotFound");
    expect(at("GET", "/")).toBe("404 ResourceNotFound");
    expect(at("GET", "/pools/p/nodes/n/tasks")).toBe("404 ResourceNotFound");
    expect(at("DELETE", "/pools")).toBe("405 UnsupportedHttpVerb");
    try {
      route("TRACE", requestLine("/jobs/j"));
      expect.unreachable();
    } catch (error) {
      expect((error as BatchError).headers.Allow.split(", ").sort()).toEqual(["DELETE", "GET", "PATCH", "PUT"]);
    }
  });

  it("splits before it decodes: %2F is part of a file's path, and unencoded slashes of one are tolerated", () => {
    const path = (text: string) => (route("GET", requestLine(text)).path as Record<string, string>).filePath;
    expect(path("/jobs/j/tasks/t/files/wd%2Fsub%2Fa%20b.txt")).toBe("wd/sub/a b.txt");
    expect(path("/jobs/j/tasks/t/files/wd/sub/a%20b.txt")).toBe("wd/sub/a b.txt");
    expect(route("GET", requestLine("/pools/a%2Fb")).path.poolId).toBe("a/b");
  });

  it("400 for percent-encoding that is none and for control characters, whatever the path", () => {
    expect(at("GET", "/pools/%zz")).toBe("400 RequestUrlFailedToParse");
    expect(at("GET", "/pools/%ff")).toBe("400 RequestUrlFailedToParse");
    expect(at("GET", "/pools/a%00b")).toBe("400 InvalidUri");
    expect(at("GET", "/pools?x=%0a")).toBe("400 InvalidUri");
    expect(at("OPTIONS", "*")).toBe("400 InvalidUri");
  });

  it("an absolute request target counts from its path, and names of prototypes are just names", () => {
    expect(route("GET", requestLine("http://host:1/pools/p?x=1")).path.poolId).toBe("p");
    expect(at("GET", "/__proto__")).toBe("404 ResourceNotFound");
    expect(at("GET", "/constructor/x")).toBe("404 ResourceNotFound");
    expect(route("GET", requestLine("/pools/__proto__")).path.poolId).toBe("__proto__");
  });

  it("a certificate's two keys stand inside one segment", () => {
    const found = route("GET", requestLine("/certificates(thumbprintAlgorithm=sha1,thumbprint=ab12)"));
    expect(found.operation.name).toBe("Certificate_Get");
    expect({ ...found.path }).toEqual({ thumbprintAlgorithm: "sha1", thumbprint: "ab12" });
  });
});

describe("models", () => {
  it("every model's text can be taken apart, and an older name stands for one that exists", () => {
    expect(modelNames.length).toBeGreaterThan(130);
    for (const name of modelNames) {
      const { properties } = model(name);
      expect(properties.size).toBeGreaterThan(0);
      for (const { presentName } of properties.values()) {
        if (presentName !== undefined) expect(properties.has(presentName), `${name}.${presentName}`).toBe(true);
      }
    }
  });
});

describe("errors", () => {
  it("every code the core refuses with is a code of the wire, with the same status", () => {
    expect(refusalRows.rows.length).toBeGreaterThan(40);
    for (const { name, status } of refusalRows.rows) expect([name, errorRows.get(name)?.status]).toEqual([name, status]);
  });
});

describe("versions", () => {
  const asked = (text: string | undefined) => {
    try {
      return requestedVersion(text).name;
    } catch (error) {
      return (error as BatchError).code;
    }
  };

  it("L-56 a missing version is MissingRequiredQueryParameter, an unknown one UnsupportedRequestVersion", () => {
    expect(asked(undefined)).toBe("MissingRequiredQueryParameter");
    expect(asked("")).toBe("MissingRequiredQueryParameter");
    for (const text of ["2022-10-02.16.0", "latest", "__proto__", "2022-10-01.16.0; drop", "99999-01-01"]) {
      expect(asked(text)).toBe("UnsupportedRequestVersion");
    }
  });

  it("knows the versions from 2017 to 2025 by their date, whatever the suffix", () => {
    expect(apiVersions).toHaveLength(19);
    for (const { name } of apiVersions) expect(asked(name)).toBe(name);
    expect(asked("2022-10-01.99.7")).toBe("2022-10-01.16.0");
    expect(asked("2024-07-01")).toBe("2024-07-01.20.0");
  });

  it("slots have their older name and counts are flat until 2020-03-01", () => {
    expect(requestedVersion("2020-03-01.11.0")).toMatchObject({ maxTasksPerNode: true, flatTaskCounts: true });
    expect(requestedVersion("2020-09-01.12.0")).toMatchObject({ maxTasksPerNode: false, flatTaskCounts: false });
  });
});
