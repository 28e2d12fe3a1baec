/** Certificates of a test's own, made here and good for nothing else: CER and PFX in Base64, with the thumbprint that the service asks for. */
import { createHash, generateKeyPairSync } from "node:crypto";
import forge from "node-forge";

/** One certificate with its private key. */
export interface TestCertificate {
  /** SHA-1, 40 digits in lower case. */
  readonly thumbprint: string;
  /** PEM. */
  readonly certificate: string;
  readonly key: string;
  /** DER in Base64. */
  readonly cer: string;
  /** PKCS #12 in Base64; "" is a password too. */
  pfx(password: string): string;
}

/** Makes a certificate; takes a tenth of a second. */
export function testCertificate(name = "a test"): TestCertificate {
  const pair = generateKeyPairSync("rsa", {
    modulusLength: 2048,
    publicKeyEncoding: { type: "spki", format: "pem" },
    privateKeyEncoding: { type: "pkcs8", format: "pem" },
  });
  const key = forge.pki.privateKeyFromPem(pair.privateKey);
  const certificate = forge.pki.createCertificate();
  certificate.publicKey = forge.pki.publicKeyFromPem(pair.publicKey);
  certificate.serialNumber = "01";
  certificate.validity.notBefore = new Date("2020-01-01T00:00:00Z");
  certificate.validity.notAfter = new Date("2120-01-01T00:00:00Z");
  certificate.setSubject([{ name: "commonName", value: name }]);
  certificate.setIssuer([{ name: "commonName", value: name }]);
  certificate.sign(key, forge.md.sha256.create());
  const der = Buffer.from(forge.asn1.toDer(forge.pki.certificateToAsn1(certificate)).getBytes(), "binary");
  return {
    thumbprint: createHash("sha1").update(der).digest("hex"),
    certificate: forge.pki.certificateToPem(certificate),
    key: pair.privateKey,
    cer: der.toString("base64"),
    pfx: (password) => {
      const document = forge.pkcs12.toPkcs12Asn1(key, [certificate], password, { algorithm: "aes256" });
      return forge.util.encode64(forge.asn1.toDer(document).getBytes());
    },
  };
}
