/** The door by itself, with handlers of the test's choosing: headers, links, versions, ranges, errors, and its end. */
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import { get as httpsGet } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { BatchServiceClient, BatchSharedKeyCredentials } from "@azure/batch";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Overloaded, Stopped } from "../../runtime/host/service.ts";
import type { Call, Handler, JsonObject, Reply } from "../../runtime/rest/call.ts";
import { BatchError } from "../../runtime/rest/errors.ts";
import type { RequestSummary } from "../../runtime/rest/server.ts";
import { signedHeaders } from "../../runtime/rest/sharedKey.ts";
import { openCertificate } from "../../runtime/serve/certificate.ts";
import { KEY, TestDoor, VERSION } from "./door.ts";

const GUID = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/;
const changedAt = Date.UTC(2026, 0, 5, 8) + 250;
const summaries: RequestSummary[] = [];
let last: Call;

async function* bytes(...parts: string[]): AsyncGenerator<Uint8Array> {
  for (const part of parts) yield Buffer.from(part);
}

const handlers: Record<string, Handler> = {
  Pool_Get: ({ path }) => ({
    status: 200,
    body: { id: path.poolId, state: "active", stats: undefined },
    eTag: "0x8D",
    lastModifiedAt: changedAt,
  }),
  Pool_Exists: ({ path }) => {
    if (path.poolId !== "p") throw new BatchError("PoolNotFound", "no such pool");
    return { status: 200, eTag: "0x8D", lastModifiedAt: changedAt };
  },
  Pool_Add: (call) => {
    last = call;
    return { status: 201, url: `${call.account.url}/pools/p`, eTag: "0x8D", lastModifiedAt: changedAt };
  },
  Pool_Delete: () => ({ status: 202 }),
  Pool_Resize: (call) => {
    last = call;
    return { status: 202, eTag: "0x8D" };
  },
  Pool_StopResize: () => {
    throw new Overloaded(10_000);
  },
  Pool_DisableAutoScale: () => {
    throw new Stopped();
  },
  Job_Enable: () => {
    throw new TypeError("secret detail of ours");
  },
  ComputeNode_Reboot: (call) => {
    last = call;
    return { status: 202 };
  },
  Job_List: ({ account }): Reply =>
    ({
      status: 200,
      items: Array.from({ length: 25 }, (_, n) => n),
      key: ((n: number) => n) as Reply["key"],
      show: ((n: number): JsonObject => ({ id: `j${n}`, url: `${account.url}/jobs/j${n}`, priority: n })) as Reply["show"],
    }) as Reply,
  Job_Get: () => {
    throw new BatchError("ConditionNotMet", "unchanged", [], { status: 304 });
  },
  JobSchedule_Enable: () => ({ status: 204 }),
  File_GetFromTask: (call) => {
    last = call;
    const { filePath } = call.path;
    const headers = { "Content-Type": "text/plain", "Content-Length": "10", "ocp-batch-file-isdirectory": "False" };
    if (filePath === "unreadable") {
      return {
        status: 200,
        headers,
        stream: (async function* () {
          yield* bytes();
          throw new BatchError("FileNotFound", "it is gone");
        })(),
      };
    }
    return { status: 200, headers, stream: filePath === "short" ? bytes("1234") : bytes("12345", "67890") };
  },
  File_GetPropertiesFromTask: () => ({ status: 200, headers: { "Content-Type": "text/plain", "Content-Length": "10" } }),
};

let door: TestDoor;
beforeAll(async () => {
  door = await new TestDoor(handlers, {
    onRequest: (summary) => summaries.push(summary),
    others: [
      { path: "/healthz", isSigned: false, handle: (_request, response) => void response.end("ok") },
      { path: "/admin/", isSigned: true, handle: (_request, response, caller) => void response.end(caller?.account.name) },
    ],
  }).open();
});
afterAll(() => door.server.close());

describe("answers", () => {
  it("one entity: metadata first, request-id, DataServiceVersion, bare ETag, Last-Modified in whole seconds", async () => {
    const { status, headers, json, text } = await door.ask(`/pools/p?${VERSION}`);
    expect(status).toBe(200);
    expect(text.startsWith('{"odata.metadata":')).toBe(true);
    expect(json).toEqual({ "odata.metadata": `${door.url}/$metadata#pools/@Element`, id: "p", state: "active" });
    expect(headers).toMatchObject({
      "content-type": "application/json;odata=minimalmetadata",
      dataserviceversion: "3.0",
      etag: "0x8D",
      "last-modified": "Mon, 05 Jan 2026 08:00:00 GMT",
      "request-id": expect.stringMatching(GUID),
    });
    expect((await door.ask(`/pools/p?${VERSION}&$select=id`)).json).toEqual({
      "odata.metadata": `${door.url}/$metadata#pools/@Element`,
      id: "p",
    });
  });

  it("L-52 client-request-id comes back only when it is asked for", async () => {
    const id = { "client-request-id": "b2c3" };
    expect((await door.ask(`/pools/p?${VERSION}`, { headers: id })).headers["client-request-id"]).toBeUndefined();
    const back = { "return-client-request-id": "true" };
    expect((await door.ask(`/pools/p?${VERSION}`, { headers: { ...id, ...back } })).headers["client-request-id"]).toBe("b2c3");
    expect(
      (await door.ask(`/pools/p?${VERSION}`, { headers: { "x-ms-client-request-id": "js", ...back } })).headers[
        "client-request-id"
      ],
    ).toBe("js");
  });

  it("an addition is 201 without a body, with Location and DataServiceId; an action has the action's URL; a deletion neither", async () => {
    const added = await door.ask(`/pools?${VERSION}`, { method: "POST", body: '{"id":"p","vmSize":"standard_d2_v3"}' });
    expect([added.status, added.text, added.headers["content-length"]]).toEqual([201, "", "0"]);
    expect(added.headers).toMatchObject({
      location: `${door.url}/pools/p`,
      dataserviceid: `${door.url}/pools/p`,
      etag: "0x8D",
    });
    const resized = await door.ask(`/pools/p/resize?${VERSION}`, { method: "POST", body: '{"targetDedicatedNodes":3}' });
    expect([resized.status, resized.headers.dataserviceid, resized.headers.location]).toEqual([
      202,
      `${door.url}/pools/p/resize`,
      undefined,
    ]);
    const deleted = await door.ask(`/pools/p?${VERSION}`, { method: "DELETE" });
    expect([deleted.status, deleted.headers.dataserviceid, deleted.headers.etag]).toEqual([202, undefined, undefined]);
    expect((await door.ask(`/jobschedules/s/enable?${VERSION}`, { method: "POST", body: "" })).status).toBe(204);
  });

  it("L-53 lists link to their next page with the whole query, and a client that only follows links gets everything", async () => {
    const first = await door.ask(
      `/jobs?${VERSION}&maxresults=10&$select=id&$filter=${encodeURIComponent("startswith(id,'J')")}`,
    );
    expect(first.json.value).toHaveLength(10);
    const link = new URL(first.json["odata.nextLink"]);
    expect(link.origin).toBe(door.url);
    expect([...link.searchParams.keys()]).toEqual(["api-version", "maxresults", "$select", "$filter", "$skiptoken"]);
    const client = new BatchServiceClient(new BatchSharedKeyCredentials("acct", KEY), door.url, { noRetryPolicy: true });
    const seen: unknown[] = [];
    const options = { jobListOptions: { filter: "startswith(id,'J') and id ne 'it''s'", maxResults: 10 } };
    let page = await client.job.list(options);
    for (;;) {
      seen.push(...page.map(({ id }) => id));
      if (page.odatanextLink === undefined) break;
      page = await client.job.listNext(page.odatanextLink);
    }
    expect(seen).toEqual(Array.from({ length: 25 }, (_, n) => `j${n}`));
  });

  it("HEAD answers headers alone, 200 or 404", async () => {
    const here = await door.ask(`/pools/p?${VERSION}`, { method: "HEAD" });
    const away = await door.ask(`/pools/q?${VERSION}`, { method: "HEAD" });
    expect([here.status, here.text, here.headers.etag, away.status, away.text]).toEqual([200, "", "0x8D", 404, ""]);
    const file = await door.ask(`/jobs/j/tasks/t/files/stdout.txt?${VERSION}`, { method: "HEAD" });
    expect([file.status, file.headers["content-length"]]).toEqual([200, "10"]);
  });

  it("304 has no body", async () => {
    const { status, text } = await door.ask(`/jobs/j?${VERSION}`, { headers: { "if-none-match": "0x1" } });
    expect([status, text]).toEqual([304, ""]);
  });

  it("an error names code, message with RequestId and Time, and values", async () => {
    const { status, headers, json } = await door.ask(`/pools?${VERSION}`, { method: "POST", body: '{"id":"p"}' });
    expect(status).toBe(400);
    expect(Object.keys(json)).toEqual(["odata.metadata", "code", "message", "values"]);
    expect(json["odata.metadata"]).toBe(
      `${door.url}/$metadata#Microsoft.Azure.Batch.Protocol.Entities.Container.errors/@Element`,
    );
    expect(json.code).toBe("MissingRequiredProperty");
    expect(json.message.lang).toBe("en-US");
    const [, requestId, time] = json.message.value.split("\n");
    expect(requestId).toBe(`RequestId:${headers["request-id"]}`);
    expect(time).toMatch(/^Time:\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,7})?Z$/);
  });
});

describe("files", () => {
  it("the bytes come as they are; a range is handed to the handler, and what the handler answers goes out", async () => {
    const whole = await door.ask(`/jobs/j/tasks/t/files/wd%2Fa%20b.txt?${VERSION}`, { headers: { "ocp-range": "bytes=2-" } });
    expect([whole.status, whole.text, whole.headers["content-type"], whole.headers["ocp-batch-file-isdirectory"]]).toEqual([
      200,
      "1234567890",
      "text/plain",
      "False",
    ]);
    expect(last.path.filePath).toBe("wd/a b.txt");
    expect(last.range).toEqual({ start: 2 });
  });

  it("a file that cannot be opened is an error, one that ends too early a broken answer and not a complete one", async () => {
    expect((await door.ask(`/jobs/j/tasks/t/files/unreadable?${VERSION}`)).json?.code).toBe("FileNotFound");
    await expect(door.ask(`/jobs/j/tasks/t/files/short?${VERSION}`)).rejects.toThrow();
  });
});

describe("bodies on the wire", () => {
  it("may be left out where nothing is required, and are needed where something is", async () => {
    const bare = await door.raw(`${door.head("POST", `/pools/p/nodes/n/reboot?${VERSION}`)}connection: close\r\n\r\n`);
    expect(bare).toMatch(/^HTTP\/1.1 202 /);
    expect(last.body).toBeUndefined();
    expect((await door.ask(`/pools/p/nodes/n/reboot?${VERSION}`, { method: "POST", body: "" })).status).toBe(202);
    expect(
      (await door.ask(`/pools/p/nodes/n/reboot?${VERSION}`, { method: "POST", body: '{"nodeRebootOption":"Terminate"}' }))
        .status,
    ).toBe(202);
    expect(last.body).toEqual({ nodeRebootOption: "terminate" });
    expect((await door.ask(`/pools?${VERSION}`, { method: "POST", body: "" })).json.code).toBe("MissingRequiredProperty");
    expect((await door.ask(`/pools?${VERSION}`, { method: "POST", body: "[]" })).json.code).toBe("InvalidRequestBody");
  });

  it("of another type or encoding are InvalidHeaderValue", async () => {
    const body = '{"targetDedicatedNodes":1}';
    const resize = (headers: Record<string, string>) =>
      door.ask(`/pools/p/resize?${VERSION}`, { method: "POST", body, headers });
    expect((await resize({ "content-type": "application/x-www-form-urlencoded" })).json.code).toBe("InvalidHeaderValue");
    expect((await resize({ "content-type": "application/jsonx" })).json.code).toBe("InvalidHeaderValue");
    expect((await resize({ "content-encoding": "gzip" })).json.code).toBe("InvalidHeaderValue");
    expect((await resize({ "content-type": "application/json" })).status).toBe(202);
  });
});

describe("what goes wrong on our side", () => {
  it("overload is 503 ServerBusy with Retry-After, so is a service that stops", async () => {
    for (const action of ["stopresize", "disableautoscale"]) {
      const { status, headers, json } = await door.ask(`/pools/p/${action}?${VERSION}`, { method: "POST", body: "" });
      expect([status, json.code, headers["retry-after"]]).toEqual([503, "ServerBusy", "1"]);
    }
  });

  it("a mistake of ours is 500 InternalError without its text, which is in the log under the request's id", async () => {
    const { status, headers, json, text } = await door.ask(`/jobs/j/enable?${VERSION}`, { method: "POST", body: "" });
    expect([status, json.code]).toEqual([500, "InternalError"]);
    expect(text).not.toMatch(/secret detail|\.ts/);
    const entry = door.logged.find(({ fields }) => fields.requestId === headers["request-id"]);
    expect(entry).toMatchObject({ level: "error", event: "requestFailed", fields: { method: "POST", path: "/jobs/j/enable" } });
    expect(String(entry?.fields.error)).toMatch(/secret detail/);
  });

  it("an operation without a handler is refused and not pretended", async () => {
    expect((await door.ask(`/applications?${VERSION}`)).status).toBe(409);
  });
});

describe("beside the operations", () => {
  it("other paths are open or signed, and each request is told of with operation, account, status and code", async () => {
    expect((await door.ask("/healthz", { authorization: null })).text).toBe("ok");
    expect((await door.ask("/admin/x", { authorization: null })).status).toBe(401);
    expect((await door.ask("/admin/x")).text).toBe("acct");
    await door.ask(`/pools/p?${VERSION}&x=1`);
    await door.ask(`/pools/p?${VERSION}`);
    expect(summaries.at(-2)).toMatchObject({
      operation: "Pool_Get",
      account: "acct",
      status: 400,
      code: "UnsupportedQueryParameter",
      path: "/pools/p",
    });
    expect(summaries.at(-1)).toMatchObject({ operation: "Pool_Get", status: 200, code: undefined });
    expect(door.server.inFlight).toBe(0);
  });

  it("with key and certificate the door speaks HTTPS, and its links too", async () => {
    const folder = mkdtempSync(join(tmpdir(), "weir-tls-"));
    const tls = await openCertificate(join(folder, "cert.pem"), "127.0.0.1");
    rmSync(folder, { recursive: true });
    const own = await new TestDoor({ Pool_Get: () => ({ status: 200, body: { id: "p" } }) }, { tls }).open();
    expect(own.url).toMatch(/^https:/);
    const url = `${own.url}/pools/p?${VERSION}`;
    const headers = signedHeaders({ account: "acct", key: KEY, method: "GET", url, at: new Date() });
    const text = await new Promise<string>((resolve, reject) => {
      httpsGet(url, { headers, ca: tls.cert, agent: false }, async (response) => {
        resolve(String(Buffer.concat(await response.toArray())));
      }).on("error", reject);
    });
    expect(JSON.parse(text)["odata.metadata"]).toBe(`${own.url}/$metadata#pools/@Element`);
    await own.server.close();
  });

  it("a port in use rejects with the system's error", async () => {
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, "127.0.0.1", resolve));
    const { port } = other.address() as { port: number };
    await expect(new TestDoor({}).server.listen(port)).rejects.toMatchObject({ code: "EADDRINUSE" });
    await new Promise((resolve) => other.close(resolve));
  });

  it("closing lets a request in flight end and takes no new one", async () => {
    let letGo: () => void = () => undefined;
    const held = new Promise<void>((resolve) => (letGo = resolve));
    const own = await new TestDoor({ Pool_Get: async () => held.then(() => ({ status: 200, body: {} })) }).open();
    const answer = own.ask(`/pools/p?${VERSION}`);
    while (own.server.inFlight === 0) await new Promise((resolve) => setImmediate(resolve));
    const closed = own.server.close();
    await expect(own.ask(`/pools/p?${VERSION}`)).rejects.toThrow();
    letGo();
    expect((await answer).status).toBe(200);
    await closed;
  });
});
