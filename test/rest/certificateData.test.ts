/** Certificates as clients give them: what is read of a PFX and a CER, and what is refused before it can keep the service busy. */
import forge from "node-forge";
import { describe, expect, it } from "vitest";
import { readCer, readPfx } from "../../runtime/rest/certificateData.ts";
import { testCertificate } from "../support/certificates.ts";

const made = testCertificate();
const bytes = (base64: string) => Buffer.from(base64, "base64");

/** A PFX of the older kind, or with so many rounds. */
function pfxWith(password: string, options: { algorithm?: "3des" | "aes256"; count?: number; useMac?: boolean }): Buffer {
  const key = forge.pki.privateKeyFromPem(made.key);
  const certificate = forge.pki.certificateFromPem(made.certificate);
  const document = forge.pkcs12.toPkcs12Asn1(key, [certificate], password, options);
  return Buffer.from(forge.asn1.toDer(document).getBytes(), "binary");
}

// Made first: from then on nobody computes so much here.
const slow = pfxWith("right", { algorithm: "aes256", count: 200_001, useMac: false });

describe("a PFX (P-160)", () => {
  it("gives thumbprint and public part, whether its ciphers are new or old, with a password or without", async () => {
    const good = [
      [bytes(made.pfx("right")), "right"],
      [pfxWith("right", { algorithm: "3des" }), "right"],
      [bytes(made.pfx("")), undefined],
      [bytes(made.pfx("")), ""],
    ] as const;
    for (const [data, password] of good)
      expect(await readPfx(data, password)).toEqual({
        thumbprints: [made.thumbprint],
        publicData: made.cer,
        hasPrivateKey: true,
      });
  });

  it("that the password does not open is the password's fault, anything else that of the data", async () => {
    await expect(readPfx(bytes(made.pfx("right")), "wrong")).rejects.toMatchObject({ property: "password" });
    const whole = bytes(made.pfx("right"));
    for (const data of [Buffer.alloc(0), Buffer.from("text"), whole.subarray(0, 200), bytes(made.cer)])
      await expect(readPfx(data, "right")).rejects.toMatchObject({ property: "data" });
  });

  it("that asks for more rounds of hashing than any program does is refused", async () => {
    await expect(readPfx(slow, "right")).rejects.toMatchObject({ property: "data", message: /rounds/ });
  });
});

it("a CER is read in DER and in PEM, and nothing else is (P-160)", () => {
  for (const data of [bytes(made.cer), Buffer.from(made.certificate)])
    expect(readCer(data)).toEqual({ thumbprints: [made.thumbprint], publicData: made.cer, hasPrivateKey: false });
  for (const data of [Buffer.from("ABC"), Buffer.alloc(0)]) expect(() => readCer(data)).toThrow("not an X.509 certificate");
});
