/**
 * A certificate for HTTPS on this machine, made here and signed by itself. The key pair is the platform's work, which takes a tenth of a second; the package
 * only writes the certificate. Clients trust it by being given it (`REQUESTS_CA_BUNDLE`, `NODE_EXTRA_CA_CERTS`), so it says that it is its own authority.
 */
import { generateKeyPairSync, randomBytes } from "node:crypto";
import { isIP } from "node:net";
import forge from "node-forge";

/** Key and certificate, both PEM. */
export interface SelfMadeCertificate {
  readonly key: string;
  readonly cert: string;
}

const DAY_MS = 86_400_000;
const ALTERNATIVE_NAME = { host: 2, address: 7 } as const;

/** Makes a certificate for these host names and addresses, valid from a day before `now` (milliseconds since 1970) for `days`. */
export function selfMadeCertificate(hosts: readonly string[], now: number, days = 825): SelfMadeCertificate {
  const pair = generateKeyPairSync("rsa", {
    modulusLength: 2048,
    publicKeyEncoding: { type: "spki", format: "pem" },
    privateKeyEncoding: { type: "pkcs8", format: "pem" },
  });
  const certificate = forge.pki.createCertificate();
  certificate.publicKey = forge.pki.publicKeyFromPem(pair.publicKey);
  // Positive, as the standard wants it.
  certificate.serialNumber = `00${randomBytes(15).toString("hex")}`;
  certificate.validity.notBefore = new Date(now - DAY_MS);
  certificate.validity.notAfter = new Date(now + days * DAY_MS);
  const name = [{ name: "commonName", value: hosts[0] }];
  certificate.setSubject(name);
  certificate.setIssuer(name);
  certificate.setExtensions([
    { name: "basicConstraints", cA: true, critical: true },
    { name: "keyUsage", digitalSignature: true, keyEncipherment: true, keyCertSign: true, critical: true },
    { name: "extKeyUsage", serverAuth: true },
    {
      name: "subjectAltName",
      altNames: hosts.map((host) =>
        isIP(host) === 0 ? { type: ALTERNATIVE_NAME.host, value: host } : { type: ALTERNATIVE_NAME.address, ip: host },
      ),
    },
    { name: "subjectKeyIdentifier" },
  ]);
  certificate.sign(forge.pki.privateKeyFromPem(pair.privateKey), forge.md.sha256.create());
  return { key: pair.privateKey, cert: forge.pki.certificateToPem(certificate) };
}
