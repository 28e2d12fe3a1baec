/** Certificates from the account to the node: added, named by pools, installed at boot, used by real commands with OpenSSL, and gone again. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, test } from "vitest";
import { buildOnce } from "../cli/weir.ts";
import { dataDirectory, endAll, poolBody, type Served, served } from "../serve/servedProcess.ts";
import { testCertificate } from "../support/certificates.ts";
import { AtWork, shell } from "./poolAtWork.ts";

const HAS_OPENSSL = spawnSync("openssl", ["version"]).status === 0;
const PASSWORD = "p fx $ 'one'";

const first = testCertificate("first");
const second = testCertificate("second");
const folder = mkdtempSync(join(tmpdir(), "weir-certificates-"));
let data: string;
let server: Served;
let weir: AtWork;

beforeAll(async () => {
  buildOnce();
  data = dataDirectory();
  server = await served("--fast", "--log-level", "warn", "--data", data);
  weir = new AtWork(server);
  await server.post("/certificates", added(first.thumbprint, first.pfx(PASSWORD), { password: PASSWORD }));
  await server.post("/certificates", added(second.thumbprint, second.cer, { certificateFormat: "cer" }));
}, 120_000);
afterAll(async () => {
  rmSync(folder, { recursive: true, force: true });
  await endAll();
}, 30_000);

const added = (thumbprint: string, base64: string, more: object = {}) => ({
  thumbprint,
  thumbprintAlgorithm: "sha1",
  data: base64,
  certificateFormat: "pfx",
  ...more,
});
const reference = ({ thumbprint }: { thumbprint: string }, more: object = {}) => ({
  thumbprint,
  thumbprintAlgorithm: "sha1",
  ...more,
});
const address = ({ thumbprint }: { thumbprint: string }) => `/certificates(thumbprintAlgorithm=sha1,thumbprint=${thumbprint})`;
const PFX = `sha1-${first.thumbprint}.pfx`;
const CER = `sha1-${second.thumbprint}.cer`;

/** Names of the files in a directory of a node, by the file operations; undefined when it is not there. */
async function listed(pool: string, node: string, directory: string): Promise<string[] | undefined> {
  const answer = await server.ask("GET", `/pools/${pool}/nodes/${node}/files?recursive=true`);
  const { value } = answer.body as { value: { name: string; isDirectory: boolean }[] };
  if (!value.some(({ name, isDirectory }) => isDirectory && name === directory)) return undefined;
  return value
    .map(({ name }) => name)
    .filter((name) => name.startsWith(`${directory}/`))
    .map((name) => name.slice(directory.length + 1));
}
const STORE = "volatile/certs";

type Certificate = { readonly state: string; readonly deleteCertificateError?: { code: string; values: object[] } };
type ShownNode = { readonly certificateReferences: { thumbprint: string }[] };

test("row 265: a certificate is added to the account if data, password and thumbprint agree, and nothing secret of it comes back (P-160, L-64)", async () => {
  const { thumbprint, pfx, cer } = testCertificate("third");
  const refusedFor = async (body: object) => {
    const answer = await server.ask("POST", "/certificates", body);
    const { code, values } = answer.body as { code: string; values: { key: string; value: string }[] };
    expect([answer.status, code]).toEqual([400, "InvalidPropertyValue"]);
    return values.find(({ key }) => key === "PropertyName")?.value;
  };
  expect(await refusedFor(added(thumbprint, pfx("right"), { password: "wrong" }))).toBe("password");
  expect(await refusedFor(added(thumbprint, pfx("right")))).toBe("password");
  expect(await refusedFor(added(thumbprint, cer, { password: "right" }))).toBe("data");
  expect(await refusedFor(added(thumbprint, pfx("right"), { certificateFormat: "cer" }))).toBe("data");
  expect(await refusedFor(added(first.thumbprint, pfx("right"), { password: "right" }))).toBe("thumbprint");
  // At most 10 KB of Base64, in which blanks count: what is right with 10,240 characters is refused with one more.
  const padded = (length: number) => pfx("right").padEnd(length, "\n");
  expect(await refusedFor(added(thumbprint, padded(10_241), { password: "right" }))).toBe("data");
  expect((await server.ask("GET", address({ thumbprint }))).status).toBe(404);
  const blanks = thumbprint.toUpperCase().replace(/(..)/g, "$1 ").trim();
  const given = await server.ask("POST", "/certificates", added(blanks, padded(10_240), { password: "right" }));
  expect(given.status).toBe(201);
  const again = await server.ask("POST", "/certificates", added(thumbprint, pfx("right"), { password: "right" }));
  expect([again.status, (again.body as { code: string }).code]).toEqual([409, "CertificateExists"]);
  const shown = await server.ask("GET", address({ thumbprint }));
  expect(shown.body).toMatchObject({ thumbprint, thumbprintAlgorithm: "sha1", state: "active", publicData: cer });
  const everything = shown.text + (await server.ask("GET", "/certificates")).text;
  expect(everything).not.toMatch(/right|password|PRIVATE/i);
  expect(everything).not.toContain(pfx("right").slice(0, 200));
  expect(statSync(join(data, "weir.db")).mode & 0o777).toBe(0o600);
  expect((await server.ask("DELETE", address({ thumbprint }))).status).toBe(202);
  expect((await server.ask("GET", address({ thumbprint }))).status).toBe(404);
});

describe.concurrent("on nodes", () => {
  it.skipIf(!HAS_OPENSSL)(
    "rows 262-264: a task finds PFX and password file in the directory that AZ_BATCH_CERTIFICATES_DIR names, and decrypts with OpenSSL a secret from its command line and one from a resource file",
    async () => {
      await weir.addIdlePool("secrets", 1, { certificateReferences: [reference(first)] });
      const certificate = join(folder, "first.pem");
      writeFileSync(certificate, first.certificate);
      const sealed = (secret: string) =>
        spawnSync("openssl", ["cms", "-encrypt", "-binary", "-aes256", "-outform", "DER", certificate], { input: secret })
          .stdout;
      const file = join(folder, "sealed");
      writeFileSync(file, sealed("the key of the storage"));
      const open = `d=$AZ_BATCH_CERTIFICATES_DIR/${PFX}; openssl pkcs12 -in $d -passin file:$d.pw -nodes -nocerts -out key.pem; decrypt() { openssl cms -decrypt -inform DER -inkey key.pem; }`;
      await server.post("/jobs", { id: "secrets", poolInfo: { poolId: "secrets" } });
      await server.post("/jobs/secrets/tasks", {
        id: "line",
        commandLine: shell(`${open}; echo ${sealed("the password of the database").toString("base64")} | base64 -d | decrypt`),
      });
      await server.post("/jobs/secrets/tasks", {
        id: "file",
        commandLine: shell(`${open}; decrypt < sealed; ls $AZ_BATCH_CERTIFICATES_DIR > listed`),
        resourceFiles: [{ httpUrl: `file://${file}`, filePath: "sealed" }],
      });
      const tasks = await weir.completed("secrets");
      expect(tasks.map(({ executionInfo }) => executionInfo.exitCode)).toEqual([0, 0]);
      expect(await weir.output("secrets", "line")).toBe("the password of the database");
      expect(await weir.output("secrets", "file")).toBe("the key of the storage");
      expect(await weir.output("secrets", "file", "wd/listed")).toBe(`${PFX}\n${PFX}.pw\n`);
      // The directory can be listed by whoever may read the task's files; what is secret in it cannot be read.
      const secret = await server.ask("GET", `/jobs/secrets/tasks/file/files/certs/${PFX}.pw`);
      expect([secret.status, (secret.body as { code: string }).code]).toEqual([403, "Forbidden"]);
    },
  );

  test("row 268: certificates are there before anything runs: the start task reads them; each command sees those that are visible to it (P-162, P-163)", async () => {
    await weir.addIdlePool("early", 1, {
      certificateReferences: [
        reference(first, { visibility: ["starttask", "remoteuser"], storeLocation: "localmachine", storeName: "Root" }),
        reference(second, { visibility: ["task"] }),
      ],
      startTask: {
        commandLine: shell(`ls $AZ_BATCH_CERTIFICATES_DIR; cat $AZ_BATCH_CERTIFICATES_DIR/${PFX}.pw`),
        waitForSuccess: true,
      },
    });
    const said = await server.ask("GET", "/pools/early/nodes/tvm-1/files/startup/stdout.txt");
    expect(said.text).toBe(`${PFX}\n${PFX}.pw\n${PASSWORD}`);
    await weir.addJob("early", "early", [
      shell("ls $AZ_BATCH_CERTIFICATES_DIR; test $AZ_BATCH_CERTIFICATES_DIR = $AZ_BATCH_TASK_DIR/certs"),
    ]);
    const [task] = await weir.completed("early");
    expect([task.executionInfo.exitCode, await weir.output("early", "t1")]).toEqual([0, `${CER}\n`]);
    expect(await listed("early", "tvm-1", "certs")).toEqual([PFX, `${PFX}.pw`]);
    expect(await listed("early", "tvm-1", STORE)).toEqual([PFX, `${PFX}.pw`, CER].sort());
  });

  test("rows 266, 267 and 269: a pool that is there takes certificates of the account and no others; a node gets them when it boots, keeps them until it boots, and its store can be listed (P-14, P-164)", async () => {
    await weir.addIdlePool("later", 2, { metadata: [{ name: "kept", value: "yes" }] });
    const change = (certificateReferences: object[]) => server.ask("PATCH", "/pools/later", { certificateReferences });
    const wrong = await change([reference({ thumbprint: "12".repeat(20) })]);
    expect([wrong.status, (wrong.body as { code: string }).code]).toEqual([409, "InvalidCertificateReferences"]);
    expect((await change([reference(first), reference(second)])).status).toBe(200);
    expect((await server.get<ShownNode>("/pools/later/nodes/tvm-1")).certificateReferences).toEqual([]);
    expect(await listed("later", "tvm-1", STORE)).toBeUndefined();
    const rebooted = async (node: string) => {
      await server.post(`/pools/later/nodes/${node}/reboot`, {});
      await weir.reaches("later", node, "idle");
    };
    await rebooted("tvm-1");
    const both = [PFX, `${PFX}.pw`, CER].sort();
    expect(await listed("later", "tvm-1", STORE)).toEqual(both);
    expect(await listed("later", "tvm-2", STORE)).toBeUndefined();
    const { certificateReferences } = await server.get<ShownNode>("/pools/later/nodes/tvm-1");
    expect(certificateReferences.map(({ thumbprint }) => thumbprint)).toEqual([first.thumbprint, second.thumbprint]);
    expect((await change([reference(second)])).status).toBe(200);
    expect(await listed("later", "tvm-1", STORE)).toEqual(both);
    await rebooted("tvm-1");
    expect(await listed("later", "tvm-1", STORE)).toEqual([CER]);
    // A new node has what the pool names now from the beginning.
    await server.post("/pools/later/resize", { targetDedicatedNodes: 3 });
    await weir.idle("later", 3);
    expect(await listed("later", "tvm-3", STORE)).toEqual([CER]);
  });
});

test("a reimage takes the disk, and users and certificates with it; the certificates are there again when the node has booted (P-164, P-182)", async () => {
  const windows = { virtualMachineConfiguration: undefined, cloudServiceConfiguration: { osFamily: "5" }, vmSize: "small" };
  await weir.addIdlePool("again", 1, { ...windows, certificateReferences: [reference(second)] });
  const node = "/pools/again/nodes/tvm-1";
  await server.post(`${node}/users`, { name: "ann", password: "p" });
  const { lastBootTime } = await weir.node("again", "tvm-1");
  expect((await server.ask("DELETE", `${node}/files/${STORE}?recursive=true`)).status).toBe(200);
  await server.post(`${node}/reimage`, {});
  await weir.reaches("again", "tvm-1", "idle");
  expect((await weir.node("again", "tvm-1")).lastBootTime).not.toBe(lastBootTime);
  expect(await listed("again", "tvm-1", STORE)).toEqual([CER]);
  const user = await server.ask("DELETE", `${node}/users/ann`);
  expect([user.status, (user.body as { code: string }).code]).toEqual([404, "NodeUserNotFound"]);
});

test("a certificate that a pool names or a node has is not deleted: the deletion fails, says by whom, and can be taken back or asked for again (P-161)", async () => {
  const held = testCertificate("held");
  await server.post("/certificates", added(held.thumbprint, held.pfx(""), {}));
  await server.post("/pools", poolBody("holder", { targetDedicatedNodes: 1, certificateReferences: [reference(held)] }));
  await weir.idle("holder", 1);
  const shown = () => server.get<Certificate>(address(held));
  const deleted = async () => {
    expect((await server.ask("DELETE", address(held))).status).toBe(202);
    return (await server.ask("GET", address(held))).body as Certificate;
  };
  expect((await deleted()).deleteCertificateError).toMatchObject({
    code: "CertificateDeleteFailed",
    values: [
      { name: "Pool", value: "holder" },
      { name: "Node", value: "holder/tvm-1" },
    ],
  });
  expect((await shown()).state).toBe("deletefailed");
  expect((await server.ask("POST", `${address(held)}/canceldelete`)).status).toBe(204);
  expect((await shown()).state).toBe("active");
  await server.ask("PATCH", "/pools/holder", { certificateReferences: [] });
  expect((await deleted()).deleteCertificateError?.values).toEqual([{ name: "Node", value: "holder/tvm-1" }]);
  await server.post("/pools/holder/nodes/tvm-1/reboot", {});
  await weir.reaches("holder", "tvm-1", "idle");
  await server.ask("DELETE", address(held));
  expect((await server.ask("GET", address(held))).status).toBe(404);
});
