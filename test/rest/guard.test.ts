/** Who is let in: signatures against what the public client makes of the same request, tokens, and every way to be turned away (L-60 to L-63). */
import { BatchServiceClient, BatchSharedKeyCredentials } from "@azure/batch";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Call } from "../../runtime/rest/call.ts";
import { SKEW_MS_MAX } from "../../runtime/rest/guard.ts";
import { signature, stringToSign } from "../../runtime/rest/sharedKey.ts";
import { taskToken } from "../../runtime/rest/taskToken.ts";
import { account, KEY, SECOND_KEY, TestDoor, VERSION } from "./door.ts";

const SECRET = Buffer.alloc(32, 5);
const task = { id: "T1", state: "running", creationAt: 77.5, job: { id: "Job-1" } };
const world = {
  job: (id: string) =>
    id.toLowerCase() === "job-1"
      ? { id: "Job-1", task: (of: string) => (of.toLowerCase() === "t1" ? task : undefined) }
      : undefined,
};

let door: TestDoor;
let calls: Call[] = [];
let now = Date.UTC(2026, 0, 5, 8);

beforeAll(async () => {
  const handler = (call: Call) => {
    calls.push(call);
    return { status: call.operation.status, body: {} };
  };
  const accounts = [
    account({ bearerTokens: ["secret-token"], taskTokenSecret: SECRET, service: { world } as never }),
    account({ name: "other", keys: [Buffer.alloc(64, 3).toString("base64")] }),
    account({ name: "gone", isDisabled: true }),
    account({ name: "keyless", keys: [] }),
  ];
  const handlers = {
    Pool_Get: handler,
    Pool_List: handler,
    Pool_Patch: handler,
    Job_Get: handler,
    Task_Get: handler,
    Job_List: handler,
  };
  door = await new TestDoor(handlers, { accounts, realNow: () => now }).open();
});
afterAll(() => door.server.close());

const get = (asking: Parameters<TestDoor["ask"]>[1] = {}) => door.ask(`/pools/p?${VERSION}`, { at: new Date(now), ...asking });
const outcome = async (asking: Parameters<TestDoor["ask"]>[1]) => {
  const { status, json } = await get(asking);
  return `${status} ${json?.code ?? ""}`.trim();
};

describe("SharedKey (L-60, L-61)", () => {
  it("the text that is signed has the documented lines in their order", () => {
    const text = stringToSign({
      account: "acct",
      method: "get",
      path: "/pools/a%20b",
      query: [
        ["timeout", "30"],
        ["api-version", "2022-10-01.16.0"],
        ["empty", ""],
        ["timeout", "31"],
        ["$filter", "id eq 'ä'"],
      ],
      headers: {
        "ocp-range": "bytes=0-1",
        "ocp-date": "Mon, 05 Jan 2026 08:00:00 GMT",
        "content-type": "text/x",
        "if-match": '"0x1"',
      },
    });
    expect(text).toBe(
      'GET\n\n\n\n\ntext/x\n\n\n"0x1"\n\n\n\nocp-date:Mon, 05 Jan 2026 08:00:00 GMT\nocp-range:bytes=0-1\n/acct/pools/a%20b' +
        "\n$filter:id eq 'ä'\napi-version:2022-10-01.16.0\ntimeout:30",
    );
    // Known answer, computed with another implementation of HMAC.
    expect(signature(Buffer.from("key"), "The quick brown fox jumps over the lazy dog")).toBe(
      "97yD9DBThCSxMpjmqm+xQ+9NWaFJRhdZl0edvC0aPNg=",
    );
  });

  it("either key of an account opens it, a wrong key, a wrong account and another account's key do not", async () => {
    expect(await outcome({})).toBe("200");
    expect(await outcome({ key: SECOND_KEY })).toBe("200");
    expect(await outcome({ key: Buffer.alloc(64, 8).toString("base64") })).toBe("403 AuthenticationFailed");
    expect(await outcome({ account: "nobody" })).toBe("403 AuthenticationFailed");
    expect(await outcome({ account: "other" })).toBe("403 AuthenticationFailed");
    expect(await outcome({ account: "keyless", key: Buffer.alloc(32, 1).toString("base64") })).toBe("403 AuthenticationFailed");
    expect(await outcome({ account: "gone" })).toBe("403 AccountIsDisabled");
  });

  it("L-06 a request reaches the account that it is signed for", async () => {
    calls = [];
    await get({ account: "other", key: Buffer.alloc(64, 3).toString("base64") });
    expect(calls.map((call) => call.account.name)).toEqual(["other"]);
  });

  it("whatever is changed after signing is noticed: verb, path, query, date, condition, length and type of the body", async () => {
    const change: ((request: { path: string; headers: Record<string, string> }) => void)[] = [
      (request) => (request.path = request.path.replace("/pools/p", "/pools/q")),
      (request) => (request.path = request.path.replace("/pools/p", "/pools/%70")),
      (request) => (request.path += "&$select=id"),
      (request) => (request.path = request.path.replace("16.0", "16.1")),
      (request) => (request.headers["ocp-date"] = new Date(now + 1000).toUTCString()),
      (request) => (request.headers["ocp-range"] = "bytes=0-1"),
      (request) => (request.headers["if-match"] = "*"),
      (request) => (request.headers["if-modified-since"] = new Date(now).toUTCString()),
      (request) => (request.headers["content-type"] = "text/plain"),
      (request) => (request.headers.range = "bytes=0-1"),
    ];
    for (const tamper of change) expect(await outcome({ tamper })).toBe("403 AuthenticationFailed");
    const patch = { method: "PATCH", body: '{"metadata":[]}' };
    expect(await outcome(patch)).toBe("200");
    expect(
      await outcome({
        ...patch,
        body: "{}",
        tamper: (request) => (request.headers["content-length"] = "2"),
      }),
    ).toBe("200");
    const longer = {
      ...patch,
      tamper: (request: { headers: Record<string, string> }) => (request.headers["content-type"] = "application/json"),
    };
    expect(await outcome(longer)).toBe("403 AuthenticationFailed");
  });

  it("a replay of an old request is refused: its date may lie 15 minutes from real time, no more", async () => {
    const skewed = (ms: number) => outcome({ at: new Date(now + ms) });
    expect(await skewed(-SKEW_MS_MAX)).toBe("200");
    expect(await skewed(SKEW_MS_MAX)).toBe("200");
    expect(await skewed(-SKEW_MS_MAX - 1000)).toBe("403 AuthenticationFailed");
    expect(await skewed(SKEW_MS_MAX + 1000)).toBe("403 AuthenticationFailed");
    const recorded: { path: string; headers: Record<string, string> }[] = [];
    await get({ tamper: (request) => void recorded.push({ path: request.path, headers: { ...request.headers } }) });
    now += SKEW_MS_MAX + 1000;
    const replay = await door.send("GET", recorded[0].path, recorded[0].headers);
    now -= SKEW_MS_MAX + 1000;
    expect(replay.status).toBe(403);
  });

  it("no header is 401, one that is neither SharedKey nor Bearer 400, a date that is missing or none 403", async () => {
    const nobody = await get({ authorization: null });
    expect([nobody.status, nobody.headers["www-authenticate"]]).toEqual([401, expect.stringContaining("SharedKey")]);
    for (const authorization of [
      "SharedKey acct",
      "SharedKey :abc",
      "Basic YTpi",
      "SharedKeyLite acct:abc=",
      "SharedKey acct:***",
      "Bearer",
    ]) {
      expect([authorization, await outcome({ authorization })]).toEqual([authorization, "400 InvalidAuthenticationInfo"]);
    }
    expect(await outcome({ tamper: (request) => delete request.headers["ocp-date"] })).toBe("403 AuthenticationFailed");
    expect(await outcome({ tamper: (request) => (request.headers["ocp-date"] = "yesterday") })).toBe(
      "403 AuthenticationFailed",
    );
  });

  it("a Date header serves where there is no ocp-date, and does not matter beside it", async () => {
    const url = `/pools/p?${VERSION}`;
    const date = new Date(now).toUTCString();
    const query: [string, string][] = [["api-version", "2022-10-01.16.0"]];
    const text = stringToSign({ account: "acct", method: "GET", path: "/pools/p", query, headers: { date } });
    const authorization = `SharedKey acct:${signature(Buffer.from(KEY, "base64"), text)}`;
    expect((await door.send("GET", url, { date, authorization })).status).toBe(200);
    expect(await outcome({ tamper: (request) => (request.headers.date = date) })).toBe("200");
  });
});

describe("variants of signing", () => {
  it("names of parameters may be signed in lower case, as the service's page says, or as they are", async () => {
    const target = `/pools?${VERSION}&timeOut=30`;
    const date = new Date(now).toUTCString();
    for (const name of ["timeOut", "timeout"]) {
      const query: [string, string][] = [
        ["api-version", "2022-10-01.16.0"],
        [name, "30"],
      ];
      const text = stringToSign({ account: "acct", method: "GET", path: "/pools", query, headers: { "ocp-date": date } });
      const authorization = `SharedKey acct:${signature(Buffer.from(KEY, "base64"), text)}`;
      expect((await door.send("GET", target, { "ocp-date": date, authorization })).status).toBe(200);
    }
  });
});

describe("bearer tokens (L-62, L-63)", () => {
  const bearer = (token: string, path = `/pools/p?${VERSION}`) => door.ask(path, { authorization: `Bearer ${token}` });

  it("a configured token opens its account, any other is 403", async () => {
    expect((await bearer("secret-token")).status).toBe(200);
    expect((await bearer("secret-tokem")).status).toBe(403);
    expect((await bearer("secret-token2")).status).toBe(403);
  });

  it("a task's token opens its own job and what is in it, nothing else", async () => {
    const token = taskToken(SECRET, task as never);
    calls = [];
    expect((await bearer(token, `/jobs/JOB-1?${VERSION}`)).status).toBe(200);
    expect((await bearer(token, `/jobs/job-1/tasks/other?${VERSION}`)).status).toBe(200);
    expect(calls.map((call) => call.onlyJob)).toEqual(["Job-1", "Job-1"]);
    for (const path of ["/jobs/job-2", "/jobs/job-2/tasks/t", "/jobs", "/pools", "/pools/p"]) {
      const { status, json } = await bearer(token, `${path}?${VERSION}`);
      expect([path, status, json.code]).toEqual([path, 403, "InsufficientAccountPermissions"]);
    }
  });

  it("a task's token dies with the task, and none can be made up", async () => {
    const token = taskToken(SECRET, task as never);
    const path = `/jobs/job-1?${VERSION}`;
    const [prefix, claims, mac] = token.split(".");
    const forged = Buffer.from(JSON.stringify({ job: "job-2", task: "t1", at: 1 })).toString("base64url");
    for (const wrong of [
      `${prefix}.${forged}.${mac}`,
      `${prefix}.${claims}.`,
      `${prefix}.${claims}`,
      `${token}.x`,
      `${prefix}..`,
      taskToken(Buffer.alloc(32, 6), task as never),
    ]) {
      expect((await bearer(wrong, path)).status).toBe(403);
    }
    task.state = "completed";
    expect((await bearer(token, path)).status).toBe(403);
    task.state = "running";
    expect((await bearer(taskToken(SECRET, { ...task, creationAt: 5 } as never), path)).status).toBe(403);
    expect((await bearer(token, path)).status).toBe(200);
  });
});

describe("the official client's own signature", () => {
  it("@azure/batch's credentials are let in: lists with a filter, reads with conditions, patches", async () => {
    now = Date.now();
    const client = new BatchServiceClient(new BatchSharedKeyCredentials("acct", KEY), door.url, { noRetryPolicy: true });
    calls = [];
    await client.pool.list({
      poolListOptions: { filter: "id eq 'a b' and state eq 'active'", select: "id, state", maxResults: 5 },
    });
    await client.pool.get("p-1", { poolGetOptions: { ifMatch: '"0x1"', ifUnmodifiedSince: new Date(now), select: "id" } });
    await client.pool.patch("p-1", { metadata: [{ name: "a", value: "ü" }] });
    expect(calls.map((call) => call.operation.name)).toEqual(["Pool_List", "Pool_Get", "Pool_Patch"]);
    expect(calls[1].conditions).toEqual({ ifMatch: '"0x1"', ifUnmodifiedSince: Math.floor(now / 1000) * 1000 });
    expect(calls[2].body).toEqual({ metadata: [{ name: "a", value: "ü" }] });
    const thief = new BatchServiceClient(new BatchSharedKeyCredentials("acct", SECOND_KEY.replace("C", "D")), door.url, {
      noRetryPolicy: true,
    });
    await expect(thief.pool.get("p-1")).rejects.toMatchObject({ statusCode: 403, code: "AuthenticationFailed" });
  });
});
