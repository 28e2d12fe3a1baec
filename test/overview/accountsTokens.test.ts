/** The two credentials of an account in batch service mode: shared keys, of which there are two, and tokens of the local directory. */
import { createPublicKey, createVerify, type JsonWebKey } from "node:crypto";
import { BatchServiceClient } from "@azure/batch";
import { TokenCredentials } from "@azure/ms-rest-js";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { buildOnce } from "../cli/weir.ts";
import { endAll, poolBody, served } from "../serve/servedProcess.ts";
import { eventually } from "../support/waiting.ts";
import { accountPath, bearer, codeOf, must, Owner, Tenant } from "./owner.ts";

let owner: Owner;
let tenant: Tenant;

beforeAll(async () => {
  buildOnce();
  owner = new Owner(await served("--fast", "--log-level", "warn"));
  tenant = await owner.account("render");
  await tenant.post("/pools", poolBody("mine", { targetDedicatedNodes: 0 }));
}, 120_000);
afterAll(async () => {
  owner.workplace.clear();
  await endAll();
}, 30_000);

const tokenOf = (name: string, ...options: string[]) => owner.weir(["account", "token", name, ...options]).stdout.trim();

/** As a client of an identity provider asks: by credentials of its own. */
async function tokenByCredentials(form: Record<string, string>, path = "common/oauth2/v2.0/token") {
  const response = await fetch(`${owner.endpoint}/${path}`, { method: "POST", body: new URLSearchParams(form) });
  return { status: response.status, body: (await response.json()) as { access_token: string; error: string } };
}
const SCOPE = "https://batch.core.windows.net/.default";
const byCredentials = (id: string, secret: string, more: Record<string, string> = {}) =>
  tokenByCredentials({ grant_type: "client_credentials", client_id: id, client_secret: secret, scope: SCOPE, ...more });

describe("both kinds of credentials", () => {
  test("row 29: an account in batch service mode is open to a shared key and to a directory token, and both see the same pools", async () => {
    const byKey = await tenant.get<{ value: { id: string }[] }>("/pools");
    const byToken = await bearer(owner.endpoint, tokenOf("render"), "/pools");
    expect(byToken.status).toBe(200);
    expect((byToken.body as typeof byKey).value.map(({ id }) => id)).toEqual(["mine"]);
    expect(byKey.value.map(({ id }) => id)).toEqual(["mine"]);
  });

  test("row 29: the unmodified SDK works with a token that was got by client credentials from the server's own issuer", async () => {
    const { status, body } = await byCredentials("render", tenant.key);
    expect(status).toBe(200);
    const client = new BatchServiceClient(new TokenCredentials(body.access_token), owner.endpoint);
    await client.job.add({ id: "bytoken", poolInfo: { poolId: "mine" } });
    expect((await client.job.get("bytoken")).state).toBe("active");
    expect((await tenant.get<{ id: string }>("/jobs/bytoken")).id).toBe("bytoken");
  });

  test("L-04: both keys open the account; one that is renewed opens nothing from then on, without a restart", async () => {
    const other = await owner.account("twokeys");
    const keys = owner.weirJson<{ primary: string; secondary: string }>(["account", "keys", "list", "twokeys"]);
    expect(keys.primary).not.toBe(keys.secondary);
    const secondary = new Tenant(owner.endpoint, "twokeys", keys.secondary);
    await other.get("/pools");
    await secondary.get("/pools");
    const renewed = owner.weirJson<{ primary: string; secondary: string }>(["account", "keys", "renew", "twokeys"]);
    expect(renewed.secondary).toBe(keys.secondary);
    expect(codeOf(await other.ask("GET", "/pools"))).toBe("403 AuthenticationFailed");
    await new Tenant(owner.endpoint, "twokeys", renewed.primary).get("/pools");
    await secondary.get("/pools");
    expect(owner.weir(["account", "keys", "renew", "twokeys", "--key-name", "secondary"]).code).toBe(0);
    expect(codeOf(await secondary.ask("GET", "/pools"))).toBe("403 AuthenticationFailed");
  });
});

describe("tokens of the local directory (L-62)", () => {
  test("a token can be checked by anybody with the keys that the issuer publishes", async () => {
    const token = tokenOf("render");
    const [head, claims, signature] = token.split(".");
    const { kid } = JSON.parse(Buffer.from(head, "base64url").toString()) as { kid: string };
    const metadata = await (await fetch(`${owner.endpoint}/common/v2.0/.well-known/openid-configuration`)).json();
    const { jwks_uri, issuer } = metadata as { jwks_uri: string; issuer: string };
    const { keys } = (await (await fetch(jwks_uri)).json()) as { keys: (JsonWebKey & { kid: string })[] };
    const key = keys.find((each) => each.kid === kid);
    expect(Object.keys(key ?? {})).not.toContain("d");
    const verify = createVerify("RSA-SHA256").update(`${head}.${claims}`);
    expect(verify.verify(createPublicKey({ key: key as JsonWebKey, format: "jwk" }), signature, "base64url")).toBe(true);
    const said = JSON.parse(Buffer.from(claims, "base64url").toString()) as Record<string, unknown>;
    expect(said).toMatchObject({ iss: issuer, aud: "https://batch.core.windows.net/", account: "render" });
  });

  test("a token opens its own account only; one for any account goes where the host says, and says so when nothing does", async () => {
    await owner.account("another");
    const render = tokenOf("render");
    const wrongHost = await bearer(owner.endpoint, render, "/pools", { host: "another.localhost" });
    expect(codeOf(wrongHost)).toBe("403 AuthenticationFailed");
    const { account, key } = owner.server.document;
    const any = (await byCredentials(account, key)).body.access_token;
    const port = new URL(owner.endpoint).port;
    const ids = async (host: string) => {
      const { body } = await bearer(owner.endpoint, any, "/pools", { host: `${host}.localhost:${port}` });
      return (body as { value: { id: string }[] }).value.map(({ id }) => id);
    };
    expect(await ids("render")).toEqual(["mine"]);
    expect(await ids("another")).toEqual([]);
    const nowhere = await bearer(owner.endpoint, any, "/pools");
    expect(codeOf(nowhere)).toBe("403 AuthenticationFailed");
    expect(nowhere.text).toContain("<account>.localhost");
  });

  test("a token that has expired, that was changed, that nobody here issued, or that is for managing is refused with 403", async () => {
    const short = tokenOf("render", "--lifetime", "PT1S");
    const good = tokenOf("render");
    const [head, claims, signature] = good.split(".");
    const forged = Buffer.from(claims, "base64url").toString().replace('"render"', '"another"');
    const tokens = {
      changed: `${head}.${Buffer.from(forged).toString("base64url")}.${signature}`,
      unsigned: `${Buffer.from('{"alg":"none"}').toString("base64url")}.${claims}.`,
      management: tokenOf("render", "--audience", "management"),
      nonsense: "a.b.c",
    };
    for (const [what, token] of Object.entries(tokens))
      expect(codeOf(await bearer(owner.endpoint, token, "/pools")), what).toBe("403 AuthenticationFailed");
    await eventually("the token to expire", async () =>
      codeOf(await bearer(owner.endpoint, short, "/pools")) === "403 AuthenticationFailed" ? true : undefined,
    );
    expect((await bearer(owner.endpoint, short, "/pools")).text).toContain("expired");
  });

  test("a token for an account that was deleted does not open another one of the same name", async () => {
    await owner.account("again");
    const old = tokenOf("again");
    expect((await bearer(owner.endpoint, old, "/pools")).status).toBe(200);
    must("deletion", await owner.manage("DELETE", accountPath("again")));
    expect(codeOf(await bearer(owner.endpoint, old, "/pools"))).toBe("403 AuthenticationFailed");
    await owner.account("again");
    const { status, text } = await bearer(owner.endpoint, old, "/pools");
    expect([status, text]).toEqual([403, expect.stringContaining("was deleted")]);
    expect((await bearer(owner.endpoint, tokenOf("again"), "/pools")).status).toBe(200);
  });

  test("credentials that are wrong get no token, and an account's own get none for managing", async () => {
    const { body, status } = await byCredentials("render", Buffer.from("guess").toString("base64"));
    expect([status, body.error]).toEqual([401, "invalid_client"]);
    const managing = await byCredentials("render", tenant.key, { scope: "https://management.azure.com/.default" });
    expect([managing.status, managing.body.error]).toEqual([403, "unauthorized_client"]);
    const elsewhere = await byCredentials("render", tenant.key, { scope: "https://example.com/.default" });
    expect([elsewhere.status, elsewhere.body.error]).toEqual([400, "invalid_scope"]);
    const form = { grant_type: "client_credentials", client_id: "render", client_secret: tenant.key, scope: SCOPE };
    expect((await tokenByCredentials(form, "contoso/oauth2/v2.0/token")).body.error).toBe("invalid_tenant");
    const asBatch = tokenOf("render");
    expect(codeOf(await bearer(owner.endpoint, asBatch, accountPath("render")))).toBe("403 AuthenticationFailed");
  });
});

test("L-07: a disabled account answers 403 AccountIsDisabled to keys and tokens alike, and opens again, without a restart", async () => {
  const other = await owner.account("disabled");
  const token = tokenOf("disabled");
  expect(owner.weir(["account", "set", "disabled", "--disabled"]).code).toBe(0);
  expect(codeOf(await other.ask("GET", "/pools"))).toBe("403 AccountIsDisabled");
  expect(codeOf(await bearer(owner.endpoint, token, "/jobs"))).toBe("403 AccountIsDisabled");
  await tenant.get("/pools");
  expect(owner.weir(["account", "set", "disabled", "--no-disabled"]).code).toBe(0);
  await other.get("/pools");
});
