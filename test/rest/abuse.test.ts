/** What hostile and broken clients do: each gets the right error, nothing crashes, nothing is held. The flood has a bigger variant in flood.soak.ts. */
import { connect } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Call } from "../../runtime/rest/call.ts";
import type { OtherPath, RequestSummary } from "../../runtime/rest/server.ts";
import { TestDoor, VERSION } from "./door.ts";

let door: TestDoor;
/** Waits for nobody: its times for headers and bodies are short. */
let hasty: TestDoor;
const ended: RequestSummary[] = [];
let last: Call | undefined;
let held: (() => void)[] = [];
let isHolding = false;

beforeAll(async () => {
  const note = (call: Call) => {
    last = call;
    return { status: call.operation.status, body: {} };
  };
  const handlers = {
    Pool_Get: async (call: Call) => {
      if (isHolding) await new Promise<void>((resolve) => held.push(resolve));
      return note(call);
    },
    Pool_Add: note,
    Pool_Patch: note,
    Task_AddCollection: note,
    File_GetFromTask: note,
    Job_Get: note,
    Job_Enable: note,
  };
  const health: OtherPath = { path: "/healthz", isSigned: false, handle: (_request, response) => void response.end("ok") };
  const onRequest = (summary: RequestSummary) => void ended.push(summary);
  door = await new TestDoor(handlers, { inFlightMax: 50, bodyBytesMax: 8 * 1_048_576, onRequest, others: [health] }).open();
  hasty = await new TestDoor(handlers, { headersTimeoutMs: 300, bodyTimeoutMs: 300 }).open();
});
afterAll(() => Promise.all([door.server.close(), hasty.server.close()]));

const head = (method: string, target: string, headers: Record<string, string>) => door.head(method, target, headers);

const codeOf = (text: string) => `${/^HTTP\/1.1 (\d+)/.exec(text)?.[1]} ${/"code":"(\w+)"/.exec(text)?.[1]}`;

describe("bodies", () => {
  it("100 MB are refused by their declared length before they are sent, with 413 RequestBodyTooLarge", async () => {
    const request = head("POST", `/pools?${VERSION}`, { "content-length": "104857600" });
    expect(codeOf(await door.raw(`${request}connection: close\r\n\r\n{"id":`))).toBe("413 RequestBodyTooLarge");
    const waiting = await door.raw(`${request}expect: 100-continue\r\nconnection: close\r\n\r\n`);
    expect(codeOf(waiting)).toBe("413 RequestBodyTooLarge");
  });

  it("100 MB in chunks without a length are cut off at the limit, and no more than that is held", async () => {
    const request = `${head("POST", `/pools?${VERSION}`, { "transfer-encoding": "chunked" })}connection: close\r\n\r\n`;
    const piece = `${(65536).toString(16)}\r\n${" ".repeat(65536)}\r\n`;
    const answer = await new Promise<string>((resolve, reject) => {
      let text = "";
      let sent = 0;
      const socket = connect(door.port, "127.0.0.1", () => {
        socket.write(request);
        const more = () => {
          while (sent < 100 * 1_048_576 && text === "") {
            sent += 65536;
            if (!socket.write(piece)) return void socket.once("drain", more);
          }
          if (text === "") reject(new Error("all of it was taken"));
        };
        more();
      });
      socket.on("data", (chunk) => (text += chunk));
      socket.on("error", () => undefined);
      socket.on("close", () => resolve(text));
    });
    expect(codeOf(answer)).toBe("413 RequestBodyTooLarge");
  });

  it("T-02 a collection may have 1 MB, other bodies 4 MB", async () => {
    const collection = (bytes: number) =>
      JSON.stringify({ value: [{ id: "t", commandLine: "" }] }).replace('""', `"${"x".repeat(bytes - 39)}"`);
    const send = async (path: string, body: string, method = "POST") => {
      const { status, json } = await door.ask(`${path}?${VERSION}`, { method, body });
      return `${status} ${json?.code ?? ""}`.trim();
    };
    expect(collection(1_048_576)).toHaveLength(1_048_576);
    expect(await send("/jobs/j/addtaskcollection", collection(1_048_576))).toBe("200");
    expect(await send("/jobs/j/addtaskcollection", collection(1_048_577))).toBe("413 RequestBodyTooLarge");
    expect(await send("/pools/p", `{"metadata":[]${" ".repeat(3_000_000)}}`, "PATCH")).toBe("200");
    expect(await send("/pools/p", `{"metadata":[]${" ".repeat(4_200_000)}}`, "PATCH")).toBe("413 RequestBodyTooLarge");
  });

  it("malformed, deep and prototype-named JSON is 400, never a crash", async () => {
    const bodies = [
      "{",
      "nope",
      '{"id":"p",}',
      "[".repeat(500_000),
      '{"a":'.repeat(200_000),
      '{"__proto__":{"id":"p","vmSize":"s"}}',
      '{"constructor":{"prototype":{"x":1}}}',
      '{"id":"p","vmSize":{"toString":"x"}}',
      `{"id":${JSON.stringify("p".repeat(1000))},"vmSize":1e999}`,
      '"p"',
      "\u0000",
    ];
    for (const body of bodies)
      expect([body.slice(0, 40), (await door.ask(`/pools?${VERSION}`, { method: "POST", body })).status]).toEqual([
        body.slice(0, 40),
        400,
      ]);
    expect((await door.ask(`/pools?${VERSION}`, { method: "POST", body: Buffer.from([0xff, 0xfe, 0x7b]) })).json.code).toBe(
      "InvalidRequestBody",
    );
    expect(({} as { x?: number }).x).toBeUndefined();
  });

  it("a body that is needed and has no length is 411, one that is not needed is thrown away", async () => {
    expect(codeOf(await door.raw(`${head("POST", `/pools?${VERSION}`, {})}connection: close\r\n\r\n`))).toBe(
      "411 MissingContentLengthHeader",
    );
    expect((await door.ask(`/jobs/j/enable?${VERSION}`, { method: "POST", body: "x".repeat(100_000) })).status).toBe(202);
  });
});

describe("slow and broken clients", () => {
  it("headers that drip are cut off with 408", async () => {
    const text = await hasty.raw("GET /pools?x=1 HTTP/1.1\r\nHost: x\r\nX-Slow: ");
    expect(codeOf(text)).toBe("408 RequestTimeout");
  });

  it("a body that never ends is 408, and nothing of it is held afterwards", async () => {
    const request = hasty.head("POST", `/pools?${VERSION}`, { "content-length": "100" });
    const text = await hasty.raw(`${request}connection: close\r\n\r\n{"id":`);
    expect(codeOf(text)).toBe("408 RequestTimeout");
    expect(hasty.server.inFlight).toBe(0);
  });

  it("a client that goes away in the middle leaves nothing behind", async () => {
    const brokenOff = () => ended.filter(({ code, path }) => code === "InvalidRequestBody" && path === "/pools").length;
    const before = brokenOff();
    for (let i = 0; i < 20; i++) {
      const socket = connect(door.port, "127.0.0.1");
      socket.on("error", () => undefined);
      socket.write(`${head("POST", `/pools?${VERSION}`, { "content-length": "100" })}\r\n{"id":`, () => socket.destroy());
    }
    while (brokenOff() === before || door.server.inFlight > 0) await new Promise((resolve) => setTimeout(resolve, 5));
    expect(door.logged.filter(({ level }) => level === "error")).toEqual([]);
    expect((await door.ask(`/pools/p?${VERSION}`)).status).toBe(200);
  });

  it("bytes that are no HTTP, unknown verbs and endless headers get an error body of the service", async () => {
    expect(codeOf(await door.raw("\u0016\u0003\u0001\u0000\r\n\r\n"))).toMatch(/^400 Invalid/);
    expect(codeOf(await door.raw("FETCH / HTTP/1.1\r\nHost: x\r\n\r\n"))).toBe("400 InvalidHttpVerb");
    expect(codeOf(await door.raw(`GET / HTTP/1.1\r\nHost: x\r\nX-Long: ${"x".repeat(20_000)}\r\n\r\n`))).toBe(
      "431 InvalidHeaderValue",
    );
    expect(codeOf(await door.raw(`${head("TRACE", `/pools?${VERSION}`, {})}connection: close\r\n\r\n`))).toBe(
      "405 UnsupportedHttpVerb",
    );
    expect(codeOf(await door.raw("GET /pools HTTP/1.1\r\nConnection: close\r\n\r\n"))).toBe("401 Unauthorized");
    expect(codeOf(await door.raw("GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n"))).toMatch(
      /^400/,
    );
  });
});

describe("paths and queries", () => {
  it("traversal in ids and file paths reaches the handler as a name that it is, or is refused", async () => {
    await door.ask(`/jobs/j/tasks/t/files/..%2F..%2F..%2Fetc%2Fpasswd?${VERSION}`);
    expect(last?.path.filePath).toBe("../../../etc/passwd");
    expect((await door.ask(`/pools/..%2F..%2Fx?${VERSION}`)).status).toBe(200);
    expect(last?.path.poolId).toBe("../../x");
    const raw = await door.raw(`${head("GET", `/pools/p%00?${VERSION}`, {})}connection: close\r\n\r\n`);
    expect(codeOf(raw)).toBe("400 InvalidUri");
    expect(codeOf(await door.raw(`${head("GET", `/pools/%e0%a4?${VERSION}`, {})}connection: close\r\n\r\n`))).toBe(
      "400 RequestUrlFailedToParse",
    );
  });

  it("a parameter given twice is 400, whatever the case of its name; names of prototypes are unknown ones", async () => {
    const codes = async (query: string) => (await door.ask(`/pools/p?${VERSION}&${query}`)).json?.code;
    expect(await codes("$select=id&$select=state")).toBe("InvalidQueryParameterValue");
    expect(await codes("timeout=1&timeOut=2")).toBe("InvalidQueryParameterValue");
    expect(await codes(VERSION)).toBe("InvalidQueryParameterValue");
    for (const name of ["__proto__", "constructor", "toString", "hasOwnProperty"])
      expect(await codes(`${name}=x`)).toBe("UnsupportedQueryParameter");
  });

  it("a forged Host changes no more than the caller's own links, and one that is none not even those", async () => {
    const metadata = async (host: string) =>
      /"odata.metadata":"([^"]*)\/\$metadata/.exec(
        await door.raw(
          head("GET", `/pools/p?${VERSION}`, { connection: "close" })
            .replace(/host: [^\r]*/, `host: ${host}`)
            .concat("\r\n"),
        ),
      )?.[1];
    expect(await metadata("batch.example:8080")).toBe("http://batch.example:8080");
    expect(await metadata('evil"/<script>')).toBe(door.url);
  });
});

describe("floods", () => {
  it("more requests at once than are worked on are told to come again: 503 with Retry-After; the rest is served, and health is answered", async () => {
    isHolding = true;
    const answers = Array.from({ length: 300 }, () => door.ask(`/pools/p?${VERSION}`));
    while (held.length < 50) await new Promise((resolve) => setTimeout(resolve, 5));
    const refused = await Promise.race(answers);
    expect([refused.status, refused.json.code, refused.headers["retry-after"]]).toEqual([503, "ServerBusy", "1"]);
    expect((await door.ask("/healthz", { authorization: null })).text).toBe("ok");
    isHolding = false;
    for (const letGo of held) letGo();
    held = [];
    const statuses = (await Promise.all(answers)).map(({ status }) => status);
    expect(new Set(statuses)).toEqual(new Set([200, 503]));
    expect(statuses.filter((status) => status === 200).length).toBeGreaterThanOrEqual(50);
    expect(door.server.inFlight).toBe(0);
  });

  it("bodies of all requests together hold no more than their budget: the one too many is 503", async () => {
    const body = `{"metadata":[]${" ".repeat(3_900_000)}}`;
    const answers = await Promise.all(
      Array.from({ length: 6 }, () => door.ask(`/pools/p?${VERSION}`, { method: "PATCH", body })),
    );
    const statuses = answers.map(({ status }) => status);
    expect(statuses.every((status) => status === 200 || status === 503)).toBe(true);
    expect(statuses).toContain(200);
    expect((await door.ask(`/pools/p?${VERSION}`, { method: "PATCH", body })).status).toBe(200);
  });
});
