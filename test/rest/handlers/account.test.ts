/** Images, applications and certificates over HTTP. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Batch, errorOf, poolBody } from "./batch.ts";
import { testCertificate } from "../../support/certificates.ts";

let batch: Batch;
beforeAll(async () => {
  batch = await new Batch().start();
});
afterAll(() => batch.close());

describe("images", () => {
  it("Account_ListSupportedImages: every image it lists makes a pool (P-03), and none claims to be verified", async () => {
    const { value } = (await batch.ok("GET /supportedimages")).body;
    expect(value.length).toBeGreaterThanOrEqual(4);
    for (const [i, { imageReference, nodeAgentSKUId, verificationType }] of value.entries()) {
      expect(verificationType).toBe("unverified");
      await batch.ok("POST /pools", {
        body: poolBody(`image-${i}`, {
          virtualMachineConfiguration: { imageReference, nodeAgentSKUId },
          targetDedicatedNodes: 0,
        }),
      });
    }
    const filter = encodeURIComponent("nodeAgentSKUId eq 'batch.node.ubuntu 22.04' and osType eq 'linux'");
    expect((await batch.ok(`GET /supportedimages?$filter=${filter}`)).body.value).toHaveLength(1);
  });
});

describe("applications", () => {
  it("Application_List and Application_Get show what is kept; references resolve to its versions (L-22, P-14)", async () => {
    expect((await batch.ok("GET /applications")).body.value).toEqual([]);
    await batch.service.records.put("application", "blender", {
      id: "Blender",
      displayName: "Blender",
      versions: ["2.8", "2.9"],
    });
    expect((await batch.ok("GET /applications")).body.value).toEqual([
      { id: "Blender", displayName: "Blender", versions: ["2.8", "2.9"] },
    ]);
    expect((await batch.ok("GET /applications/BLENDER")).body).toMatchObject({ id: "Blender", versions: ["2.8", "2.9"] });
    expect(errorOf(await batch.ask("GET /applications/none"))).toMatchObject({ status: 404, code: "ApplicationNotFound" });
    const reference = (version?: string) => ({ applicationId: "blender", ...(version === undefined ? {} : { version }) });
    const add = (id: string, ...applicationPackageReferences: object[]) =>
      batch.ask("POST /pools", { body: poolBody(id, { applicationPackageReferences, targetDedicatedNodes: 0 }) });
    expect((await add("with", reference("2.8"))).status).toBe(201);
    expect(errorOf(await add("without", reference("3.0")))).toMatchObject({
      status: 409,
      code: "InvalidApplicationPackageReferences",
    });
    expect(errorOf(await add("default", reference())).code).toBe("InvalidApplicationPackageReferences");
    expect(errorOf(await add("many", ...Array.from({ length: 11 }, () => reference("2.8")))).status).toBe(400);
  });
});

describe("certificates", () => {
  const made = testCertificate();
  const secret = testCertificate("with a key");
  const THUMBPRINT = made.thumbprint.toUpperCase();
  const address = `/certificates(thumbprintAlgorithm=sha1,thumbprint=${THUMBPRINT.toLowerCase()})`;
  const body = { thumbprint: THUMBPRINT, thumbprintAlgorithm: "sha1", data: made.cer, certificateFormat: "cer" };
  const get = async () => (await batch.ok(`GET ${address}`)).body;

  it("Certificate_Add, Certificate_Get and Certificate_List show the certificate and nothing private (P-160)", async () => {
    const added = await batch.ok("POST /certificates", { body });
    expect([added.status, added.headers.get("location")]).toEqual([201, `${batch.url}${address}`]);
    expect(await get()).toMatchObject({
      thumbprint: THUMBPRINT.toLowerCase(),
      thumbprintAlgorithm: "sha1",
      url: `${batch.url}${address}`,
      state: "active",
      stateTransitionTime: "2026-01-05T08:00:00Z",
      publicData: made.cer,
    });
    const data = secret.pfx("secret");
    const other = { ...body, thumbprint: secret.thumbprint, data, certificateFormat: "pfx", password: "secret" };
    await batch.ok("POST /certificates", { body: other });
    const listed = await batch.ok("GET /certificates");
    expect(listed.body.value).toHaveLength(2);
    expect(listed.text).not.toContain("secret");
    expect(listed.text).not.toContain(data.slice(0, 100));
    const shown = listed.body.value.find(({ thumbprint }: { thumbprint: string }) => thumbprint === secret.thumbprint);
    expect(shown.publicData).toBe(secret.cer);
    expect(errorOf(await batch.ask("POST /certificates", { body }))).toMatchObject({ status: 409, code: "CertificateExists" });
  });

  it.each([
    ["thumbprint", { thumbprint: "xyz" }],
    ["thumbprintAlgorithm", { thumbprintAlgorithm: "md5" }],
    ["data", { data: "A".repeat(10_241) }],
    ["data", { data: "!" }],
    ["data", { data: "QUJD" }],
    ["data", { data: "QUJD", certificateFormat: "pfx" }],
    ["data", { data: made.cer, certificateFormat: "pfx", password: "p" }],
    ["password", { data: secret.pfx("right"), certificateFormat: "pfx", password: "wrong" }],
    ["password", { data: secret.pfx("right"), certificateFormat: "pfx", password: "two\nlines" }],
    ["thumbprint", { thumbprint: secret.thumbprint }],
    ["password", { password: "p" }],
  ])("Certificate_Add refuses a wrong %s with 400 (P-160)", async (property, more) => {
    const error = errorOf(await batch.ask("POST /certificates", { body: { ...body, thumbprint: "34", ...more } }));
    expect(error).toMatchObject({ status: 400, code: "InvalidPropertyValue", values: { PropertyName: property } });
  });

  it("Certificate_Delete of one that a pool names ends in deletefailed, Certificate_CancelDeletion takes it back (P-161)", async () => {
    const certificateReferences = [{ thumbprint: THUMBPRINT, thumbprintAlgorithm: "sha1" }];
    await batch.ok("POST /pools", { body: poolBody("holder", { certificateReferences, targetDedicatedNodes: 0 }) });
    expect(errorOf(await batch.ask(`POST ${address}/canceldelete`))).toMatchObject({
      status: 409,
      code: "CertificateStateActive",
    });
    expect((await batch.ok(`DELETE ${address}`)).status).toBe(202);
    expect(await get()).toMatchObject({
      state: "deletefailed",
      previousState: "active",
      deleteCertificateError: { code: "CertificateDeleteFailed", values: [{ name: "Pool", value: "holder" }] },
    });
    expect((await batch.ok(`POST ${address}/canceldelete`)).status).toBe(204);
    const taken = await get();
    expect([taken.state, taken.previousState, taken.deleteCertificateError]).toEqual(["active", "deletefailed", undefined]);
  });

  it("Certificate_Delete of one that no pool names removes it; then it is 404 CertificateNotFound", async () => {
    await batch.ok("DELETE /pools/holder");
    await batch.settle();
    await batch.ok(`DELETE ${address}`);
    expect(errorOf(await batch.ask(`GET ${address}`))).toMatchObject({ status: 404, code: "CertificateNotFound" });
    expect(errorOf(await batch.ask(`DELETE ${address}`)).code).toBe("CertificateNotFound");
  });
});
