/** `$filter`, `$select` and paging, by examples and against naive models of the same. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { JsonObject, PageKey, Reply } from "../../runtime/rest/call.ts";
import { BatchError } from "../../runtime/rest/errors.ts";
import { filter } from "../../runtime/rest/filter.ts";
import { operations } from "../../runtime/rest/operations.ts";
import { keyOfToken, type PageRequest, pageOf, skipToken } from "../../runtime/rest/page.ts";
import { readQuery, readRange } from "../../runtime/rest/request.ts";
import { selected, selection } from "../../runtime/rest/select.ts";

const reasonOf = (work: () => unknown): string => {
  try {
    work();
  } catch (error) {
    if (error instanceof BatchError) return `${error.code}: ${error.values.at(-1)?.value}`;
    throw error;
  }
  return "none";
};

const at = (object: Record<string, unknown>, path: string): unknown =>
  path.split("/").reduce<unknown>((found, name) => (found as Record<string, unknown> | undefined)?.[name], object);
const passes = (operation: string, text: string, item: object) => filter(operation, text)(item as Record<string, unknown>, at);

describe("$filter (L-54, L-55)", () => {
  const task = {
    id: "Task-1",
    state: "completed",
    creationTime: "2026-01-05T08:00:00.12Z",
    executionInfo: { exitCode: 3, result: "failure" },
  };

  it("compares texts without case, instants, numbers, nested properties; and binds tighter than or; parentheses bind tightest", () => {
    const truths: [string, boolean][] = [
      ["state eq 'Completed'", true],
      ["state ne 'active'", true],
      ["startswith(id,'task')", true],
      ["startswith(id, 'task') eq true", true],
      ["id ge 'task-1' and id le 'TASK-1'", true],
      ["id lt 'task-1'", false],
      ["creationTime eq DateTime'2026-01-05T08:00:00.1200000Z'", true],
      ["creationTime gt datetime'2026-01-05T09:00:00+02:00'", true],
      ["creationTime lt DateTime'2026-01-05T08:00:00Z'", false],
      ["executionInfo/exitCode ge 3", true],
      ["executionInfo/exitCode lt -1", false],
      ["state eq 'active' or state eq 'completed' and executionInfo/result eq 'success'", false],
      ["(state eq 'completed' or state eq 'active') and executionInfo/result eq 'failure'", true],
      ["((((id eq 'task-1'))))", true],
      ["lastModifiedTime ge DateTime'2026-01-05T08:00:00Z'", false],
    ];
    for (const [text, holds] of truths) expect([text, passes("Task_List", text, task)]).toEqual([text, holds]);
    expect(passes("Pool_List", "enableAutoScale eq true", { enableAutoScale: true })).toBe(true);
    expect(passes("File_ListFromTask", "startswith(name,'it''s')", { name: "it's.txt" })).toBe(true);
  });

  it("what an item lacks fails every comparison but ne", () => {
    for (const operator of ["eq", "gt", "ge", "lt", "le"]) {
      expect(passes("Task_List", `executionInfo/exitCode ${operator} 0`, { id: "t" })).toBe(false);
    }
    expect(passes("Task_List", "executionInfo/exitCode ne 0", { id: "t" })).toBe(true);
    expect(passes("Task_List", "startswith(id,'')", {})).toBe(false);
  });

  it("says at which character what is wrong: 400 InvalidQueryParameterValue", () => {
    const wrong: [string, RegExp][] = [
      ["stat eq 'active'", /character 1: stat cannot be filtered by; id, state/],
      ["State eq 'active'", /State cannot be filtered/],
      ["state eq active", /character 10: a text in single quotes/],
      ["state gt 'active'", /cannot be compared by gt, only by eq, ne/],
      ["state eq 'active' nd id eq 'x'", /character 19: "and", "or" or the end/],
      ["state eq 'active", /character 10: no name, text/],
      ["(state eq 'active'", /"\)" was expected, not the end/],
      ["state eq", /a text in single quotes was expected, not the end/],
      ["creationTime gt 5", /DateTime'2026/],
      ["creationTime gt DateTime'soon'", /DateTime'2026/],
      ["creationTime gt Date'2026-01-01'", /Date'…' is no literal/],
      ["executionInfo/exitCode eq '3'", /a number was expected/],
      ["not state eq 'active'", /use ne/],
      ["startswith(state,'a')", /cannot be compared by startswith/],
      ["endswith(id,'a')", /endswith cannot be filtered by/],
      ["", /the name of a property/],
      ["__proto__ eq 'x'", /cannot be filtered/],
      [`${"(".repeat(33)}id eq 'x'${")".repeat(33)}`, /more than 32 parentheses/],
    ];
    for (const [text, reason] of wrong) {
      const found = reasonOf(() => filter("Task_List", text));
      expect([text, found]).toEqual([text, expect.stringMatching(/^InvalidQueryParameterValue: /)]);
      expect(found).toMatch(reason);
    }
    expect(reasonOf(() => filter("Application_List", "id eq 'x'"))).toMatch(/^UnsupportedQueryParameter/);
  });

  it("a chain of ten thousand terms is no depth", () => {
    const text = Array.from({ length: 10_000 }, (_, i) => `id ne 't${i}'`).join(" and ");
    expect(passes("Task_List", text, { id: "other" })).toBe(true);
    expect(passes("Task_List", text, { id: "t77" })).toBe(false);
  });

  it("agrees with the same expression written in JavaScript", () => {
    const leaf = fc.record({ op: fc.constantFrom("eq", "ne", "gt", "ge", "lt", "le"), n: fc.integer({ min: -2, max: 2 }) });
    type Tree = { op: string; n: number } | { and: boolean; parts: Tree[] };
    const tree: fc.Arbitrary<Tree> = fc.letrec<{ tree: Tree }>((tie) => ({
      tree: fc.oneof(
        { maxDepth: 4 },
        leaf,
        fc.record({ and: fc.boolean(), parts: fc.array(tie("tree"), { minLength: 1, maxLength: 3 }) }),
      ),
    })).tree;
    const written = (node: Tree): string =>
      "op" in node
        ? `executionInfo/exitCode ${node.op} ${node.n}`
        : `(${node.parts.map(written).join(node.and ? " and " : " or ")})`;
    const signs: Record<string, (a: number, b: number) => boolean> = {
      eq: (a, b) => a === b,
      ne: (a, b) => a !== b,
      gt: (a, b) => a > b,
      ge: (a, b) => a >= b,
      lt: (a, b) => a < b,
      le: (a, b) => a <= b,
    };
    const holds = (node: Tree, x: number): boolean => {
      if ("op" in node) return signs[node.op](x, node.n);
      return node.and ? node.parts.every((part) => holds(part, x)) : node.parts.some((part) => holds(part, x));
    };
    fc.assert(
      fc.property(tree, fc.integer({ min: -3, max: 3 }), (node, exitCode) => {
        expect(passes("Task_List", written(node), { executionInfo: { exitCode } })).toBe(holds(node, exitCode));
      }),
    );
  });
});

describe("$select", () => {
  it("keeps the named properties, tolerates spaces, picks inside parts, refuses names the model lacks", () => {
    const task = { id: "t", url: "u", executionInfo: { exitCode: 0, result: "success", startTime: "x" } };
    expect(selected(task, selection("CloudTask", "id, url"))).toEqual({ id: "t", url: "u" });
    expect(selected(task, selection("CloudTask", "executionInfo/exitCode,executionInfo/result"))).toEqual({
      executionInfo: { exitCode: 0, result: "success" },
    });
    expect(selected(task, selection("CloudTask", "executionInfo/exitCode,executionInfo"))).toEqual({
      executionInfo: task.executionInfo,
    });
    for (const text of ["nope", "id,,url", "id,", "__proto__", "executionInfo/nope", "id/x", "constructor"]) {
      expect(reasonOf(() => selection("CloudTask", text))).toMatch(/^InvalidQueryParameterValue/);
    }
  });
});

describe("pages (L-53)", () => {
  const all: PageRequest = { max: 1000, after: undefined, matches: undefined, chosen: undefined };
  interface Item {
    readonly id: string;
    readonly sequence: number;
  }
  const reply = (items: Iterable<Item>, key: (item: Item) => PageKey, field?: Reply["field"]): Reply =>
    ({
      status: 200,
      items,
      key,
      show: ({ id }: Item): JsonObject => ({ id }),
      ...(field === undefined ? {} : { field }),
    }) as Reply;

  const pages = (list: () => Reply, max: number, between: () => void = () => undefined): string[] => {
    const seen: string[] = [];
    let after: PageKey | undefined;
    for (;;) {
      const page = pageOf(list(), { ...all, max, after });
      expect(page.values.length).toBeLessThanOrEqual(max);
      seen.push(...page.values.map(({ id }) => id as string));
      expect(seen.length).toBeLessThan(1_000);
      if (page.next === undefined) return seen;
      after = keyOfToken(skipToken(page.next));
      between();
    }
  };

  it("all pages together are the list, in order, whatever the size; a full last page has no link", () => {
    const items = Array.from({ length: 30 }, (_, sequence) => ({ id: `t${sequence}`, sequence }));
    for (const max of [1, 7, 10, 30, 31])
      expect(pages(() => reply(items, (item) => item.sequence), max)).toEqual(items.map(({ id }) => id));
    expect(
      pageOf(
        reply(items, (item) => item.sequence),
        { ...all, max: 30 },
      ).next,
    ).toBeUndefined();
    expect(
      pageOf(
        reply([], (item) => item.sequence),
        all,
      ),
    ).toEqual({ values: [], next: undefined });
    const named = [...items].reverse();
    expect(pages(() => reply(named, (item) => item.id), 4)).toEqual(items.map(({ id }) => id).sort());
  });

  it("while things come and go between pages, what stays is sent once and nothing twice", () => {
    fc.assert(
      fc.property(fc.boolean(), fc.integer({ min: 1, max: 5 }), fc.infiniteStream(fc.nat(9)), (byName, max, dice) => {
        const items = new Map(Array.from({ length: 20 }, (_, n) => [n, { id: `t${String(n).padStart(3, "0")}`, sequence: n }]));
        const stayed = new Set([...items.values()].map(({ id }) => id));
        let next = 20;
        const seen = pages(
          () => reply(items.values(), byName ? (item) => item.id : (item) => item.sequence),
          max,
          () => {
            for (const key of [...items.keys()]) {
              if (dice.next().value !== 0) continue;
              stayed.delete(items.get(key)!.id);
              items.delete(key);
            }
            if (next < 40) items.set(next, { id: `t${String(next).padStart(3, "0")}`, sequence: next++ });
          },
        );
        expect(new Set(seen).size).toBe(seen.length);
        for (const id of stayed) expect(seen).toContain(id);
      }),
    );
  });

  it("a list that can be entered behind a key is not walked from its beginning", () => {
    const items = Array.from({ length: 100 }, (_, sequence) => ({ id: `t${sequence}`, sequence }));
    const entered: number[] = [];
    const list = {
      ...reply([], (item) => item.sequence),
      itemsAfter: (key: number) => {
        entered.push(key);
        return items.slice(key + 1);
      },
    } as Reply;
    expect(pageOf(list, { ...all, max: 2, after: 40 })).toEqual({ values: [{ id: "t41" }, { id: "t42" }], next: 42 });
    expect(entered).toEqual([40]);
  });

  it("one page of 100,000 items makes wire objects for that page only, also when a filter has to look at all of them", () => {
    const items = Array.from({ length: 100_000 }, (_, sequence) => ({ id: `t${sequence}`, sequence }));
    let shown = 0;
    const list: Reply = {
      ...reply(items, (item) => item.sequence, ((item: Item, name: string) =>
        name === "id" ? item.id : undefined) as Reply["field"]),
      show: ((item: Item) => {
        shown++;
        return { id: item.id };
      }) as Reply["show"],
    } as Reply;
    expect(pageOf(list, { ...all, after: 50_000 }).values[0]).toEqual({ id: "t50001" });
    expect(shown).toBe(1000);
    shown = 0;
    const page = pageOf(list, { ...all, matches: filter("Task_List", "id eq 't99999'") });
    expect(page).toEqual({ values: [{ id: "t99999" }], next: undefined });
    expect(shown).toBe(1);
  });

  it("a filter that needs the wire object ends a page early rather than hold everybody up, and goes on behind", () => {
    const items = Array.from({ length: 50_001 }, (_, sequence) => ({ id: `t${sequence}`, sequence }));
    const list = reply(items, (item) => item.sequence);
    const matches = filter("Task_List", "id eq 't50000'");
    let after: PageKey | undefined;
    const lengths: number[] = [];
    do {
      const page = pageOf(list, { ...all, after, matches });
      lengths.push(page.values.length);
      after = page.next;
    } while (after !== undefined);
    expect(lengths).toEqual([0, 0, 1]);
  });

  it("a token that was not made here is 400", () => {
    for (const token of ["", "x", "e30", "bnVsbA", "W10", "\u0000"])
      expect(reasonOf(() => keyOfToken(token))).toMatch(/^InvalidQueryParameterValue/);
  });
});

describe("queries", () => {
  const read = (name: string, query: Record<string, string>) =>
    readQuery(operations.get(name)!, new Map(Object.entries({ "api-version": "2022-10-01.16.0", ...query })));

  it("maxresults is 1 to 1000, for node counts 1 to 10; values QueryParameterName, QueryParameterValue, Reason", () => {
    expect(read("Pool_List", {}).page.max).toBe(1000);
    expect(read("Pool_List", { maxresults: "1" }).page.max).toBe(1);
    expect(read("Account_ListPoolNodeCounts", {}).page.max).toBe(10);
    expect(reasonOf(() => read("Account_ListPoolNodeCounts", { maxresults: "11" }))).toMatch(/from 1 to 10$/);
    for (const maxresults of ["0", "1001", "-1", "1.5", "ten", "1e2", "9".repeat(400)]) {
      expect(reasonOf(() => read("Pool_List", { maxresults }))).toMatch(/^InvalidQueryParameterValue: .*from 1 to 1000$/);
    }
  });

  it("unknown parameters, expansions and flags are refused with what was meant", () => {
    expect(reasonOf(() => read("Pool_List", { $fitler: "x" }))).toMatch(/^UnsupportedQueryParameter: .*did you mean \$filter/);
    expect(reasonOf(() => read("Pool_List", { __proto__x: "x" }))).toMatch(/^UnsupportedQueryParameter/);
    expect(reasonOf(() => read("Pool_List", { $expand: "nodes" }))).toMatch(/only stats/);
    expect(reasonOf(() => read("File_ListFromTask", { recursive: "yes" }))).toMatch(/true or false/);
    expect(read("File_ListFromTask", { recursive: "True" }).query.recursive).toBe("true");
    expect(reasonOf(() => read("Pool_ListUsageMetrics", { starttime: "then" }))).toMatch(/an instant/);
    expect(reasonOf(() => read("Pool_List", { timeout: "soon" }))).toMatch(/seconds/);
    expect(read("Pool_List", { $expand: "stats", timeout: "30" }).query).toEqual({ $expand: "stats" });
  });

  it("an operation that a version does not have is UnsupportedRequestVersion", () => {
    const asked = (name: string, version: string) => reasonOf(() => read(name, { "api-version": version }));
    expect(asked("Certificate_List", "2024-07-01.20.0")).toBe("none");
    expect(asked("Certificate_List", "2025-06-01")).toMatch(/^UnsupportedRequestVersion: .*until 2024-07-01/);
    expect(asked("ComputeNode_Start", "2022-10-01.16.0")).toMatch(/since 2024-07-01/);
    expect(asked("Pool_UpgradeOS", "2017-09-01.6.0")).toBe("none");
    expect(asked("Pool_UpgradeOS", "2018-12-01.8.0")).toMatch(/until 2018-08-01/);
  });

  it("ocp-range is bytes=a-b or bytes=a-", () => {
    const range = (text: string, name = "File_GetFromTask") => readRange(operations.get(name)!, { "ocp-range": text });
    expect(range("bytes=0-99")).toEqual({ start: 0, end: 99 });
    expect(range("bytes=5-")).toEqual({ start: 5 });
    for (const text of ["bytes=-5", "bytes=5-1", "5-6", "bytes=a-b", "bytes=0-1,4-5", `bytes=0-${"9".repeat(30)}`]) {
      expect(reasonOf(() => range(text))).toMatch(/^InvalidHeaderValue/);
    }
    expect(reasonOf(() => range("bytes=0-1", "Pool_Get"))).toMatch(/^UnsupportedHeader/);
  });
});
