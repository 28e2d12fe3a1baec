/** Management and token requests from people who mean no good, or mean it all at once: always an answer that names what is wrong, never a crash. */
import { request as httpRequest } from "node:http";
import { afterAll, beforeAll, expect, test } from "vitest";
import { buildOnce } from "../cli/weir.ts";
import { accountPath, bearer, codeOf, must, Owner, PLACE } from "../overview/owner.ts";
import { endAll, served } from "./servedProcess.ts";

let owner: Owner;
let token: string;

beforeAll(async () => {
  buildOnce();
  owner = new Owner(await served("--fast", "--log-level", "warn"));
  const path = `${accountPath(owner.server.document.account)}/issueToken`;
  token = (must("token", await owner.manage("POST", path, { audience: "https://management.azure.com/" })) as { token: string })
    .token;
}, 120_000);
afterAll(async () => {
  owner.workplace.clear();
  await endAll();
}, 60_000);

/** Sends bytes as they are, with the owner's token. */
function raw(method: string, path: string, body: string | Buffer, headers: Record<string, string> = {}) {
  return new Promise<{ status: number; text: string; body: unknown }>((resolve, reject) => {
    const options = { method, headers: { authorization: `Bearer ${token}`, ...headers } };
    const request = httpRequest(`${owner.endpoint}${path}`, options, async (response) => {
      let text = "";
      for await (const part of response) text += String(part);
      resolve({ status: response.statusCode ?? 0, text, body: text.startsWith("{") ? JSON.parse(text) : undefined });
    });
    request.on("error", reject);
    request.end(body);
  });
}

test("bodies that are no JSON, no object, too large, or of wrong types are refused with the property's name and change nothing", async () => {
  const path = accountPath("hostile");
  expect(codeOf(await raw("PUT", path, "{"))).toBe("400 InvalidRequestContent");
  expect(codeOf(await raw("PUT", path, "[1]"))).toBe("400 InvalidRequestContent");
  expect(codeOf(await raw("PUT", path, `{"a":"${"x".repeat(1_100_000)}"}`))).toBe("413 RequestEntityTooLarge");
  const wrong: [string, unknown][] = [
    ["location", { location: 7 }],
    ["location", { location: "../../etc" }],
    ["location", {}],
    ["properties", { location: "local", properties: [] }],
    ["properties.dedicatedCoreQuota", { location: "local", properties: { dedicatedCoreQuota: -1 } }],
    ["properties.dedicatedCoreQuota", { location: "local", properties: { dedicatedCoreQuota: 1e300 } }],
    ["properties.poolQuota", { location: "local", properties: { poolQuota: "20" } }],
    ["properties.isDisabled", { location: "local", properties: { isDisabled: "yes" } }],
    ["properties.autoStorage.storageAccountId", { location: "local", properties: { autoStorage: {} } }],
    ["properties.keyVaultReference", { location: "local", properties: { keyVaultReference: { id: "/x" } } }],
    ["tags", { location: "local", tags: { a: { b: 1 } } }],
  ];
  for (const [target, body] of wrong) {
    const answer = await owner.manage("PUT", path, body);
    expect([target, answer.status]).toEqual([target, 400]);
    expect((answer.body as { error: { target: string } }).error.target).toBe(target);
  }
  expect((await owner.manage("GET", path)).status).toBe(404);
  const prototype = await raw(
    "PUT",
    path,
    '{"location":"local","__proto__":{"properties":{"poolQuota":1}},"tags":{"__proto__":"x"}}',
  );
  expect(prototype.status).toBe(201);
  expect(prototype.body).toMatchObject({ properties: { poolQuota: 20 } });
});

test("paths that lead nowhere, climb, or carry control characters are refused", async () => {
  expect(codeOf(await owner.manage("GET", "/subscriptions/x/nothing"))).toBe("404 InvalidResourceType");
  expect(codeOf(await owner.manage("POST", accountPath("some")))).toBe("405 UnsupportedHttpVerb");
  for (const name of ["..%2F..%2Fetc", "...", "a%00b", "%", "Constructor", "%E2%80%AE"]) {
    const { status } = await raw("PUT", accountPath(name), '{"location":"local"}');
    expect([name, status]).toEqual([name, 400]);
  }
  expect(
    (await raw("PUT", `${PLACE}/Microsoft.KeyVault/vaults/..%2Fx`, '{"properties":{"passphrase":"long enough"}}')).status,
  ).toBe(400);
  const short = await owner.manage("PUT", `${PLACE}/Microsoft.KeyVault/vaults/short`, { properties: { passphrase: "short" } });
  expect((short.body as { error: { message: string } }).error.message).toContain("at least 8 characters");
});

test("nobody manages without a token or signature, and a task's or a foreign token does not do", async () => {
  const response = await fetch(`${owner.endpoint}/subscriptions`);
  expect([response.status, ((await response.json()) as { error: { code: string } }).error.code]).toEqual([
    401,
    "AuthenticationFailed",
  ]);
  for (const foreign of ["weir-task.e30.e30", "a.b.c", "x".repeat(7_000)])
    expect(codeOf(await bearer(owner.endpoint, foreign, "/subscriptions"))).toBe("403 AuthenticationFailed");
  expect((await bearer(owner.endpoint, token, "/subscriptions")).status).toBe(200);
  expect(codeOf(await bearer(owner.endpoint, token, "/pools"))).toBe("403 AuthenticationFailed");
});

test("of twenty who make the same account at once one succeeds; keys that are renewed at once leave a pair that works", async () => {
  const made = await Promise.all(
    Array.from({ length: 20 }, () => owner.manage("PUT", accountPath("rush"), { location: "local" })),
  );
  const statuses = made.map(({ status }) => status);
  expect(statuses.filter((status) => status === 201)).toHaveLength(1);
  expect(statuses.every((status) => [200, 201, 409].includes(status))).toBe(true);
  await Promise.all(
    Array.from({ length: 10 }, (_, i) =>
      owner.manage("POST", `${accountPath("rush")}/regenerateKeys`, { keyName: i % 2 === 0 ? "Primary" : "Secondary" }),
    ),
  );
  await (await owner.tenant("rush")).get("/pools");
  const gone = await Promise.all(Array.from({ length: 5 }, () => owner.manage("DELETE", accountPath("rush"))));
  expect(gone.map(({ status }) => status).sort()).toEqual([200, 204, 204, 204, 204]);
});

test("token requests that are none are refused in the words of OAuth", async () => {
  const ask = async (form: string, path = "/common/oauth2/v2.0/token", method = "POST") => {
    const response = await fetch(`${owner.endpoint}${path}`, method === "GET" ? {} : { method, body: form });
    return `${response.status} ${((await response.json()) as { error: string }).error}`;
  };
  expect(await ask("grant_type=password")).toBe("400 unsupported_grant_type");
  expect(await ask("grant_type=client_credentials")).toBe("400 invalid_scope");
  const scope = "grant_type=client_credentials&resource=https://batch.core.windows.net/";
  expect(await ask(`${scope}&client_id=__proto__&client_secret=x`)).toBe("401 invalid_client");
  expect(await ask(scope)).toBe("401 invalid_client");
  expect(await ask("x".repeat(20_000))).toBe("413 invalid_request");
  expect(await ask("", "/common/oauth2/token", "GET")).toBe("405 invalid_request");
  expect(await ask(scope, "/elsewhere/oauth2/token")).toBe("400 invalid_tenant");
});
