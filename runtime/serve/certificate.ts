/**
 * The self-made certificate of a service that speaks HTTPS: made once, kept beside the account, renewed when it is about to end or is for another host.
 * Clients have to be told to trust it.
 */
import { randomBytes, X509Certificate } from "node:crypto";
import { chmodSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { isIP } from "node:net";
import { ServeProblem, systemReason } from "./serveProblem.ts";

/** A certificate with its private key. */
export interface Certificate {
  /** PEM. */
  readonly key: string;
  readonly cert: string;
}

const DAY_MS = 86_400_000;
const DAYS_VALID = 825;
const DAYS_LEFT_MIN = 7;
const BITS = 2048;

/** The certificate in `file`; its key is in the same place with `.key` at the end. Throws ServeProblem. */
export async function openCertificate(file: string, host: string): Promise<Certificate> {
  const keyFile = `${file}.key`;
  try {
    if (existsSync(file) && existsSync(keyFile)) {
      const kept = { cert: readFileSync(file, "utf8"), key: readFileSync(keyFile, "utf8") };
      if (serves(kept.cert, host)) return kept;
    }
    const made = await makeCertificate(host);
    writeFileSync(keyFile, made.key, { mode: 0o600 });
    chmodSync(keyFile, 0o600);
    writeFileSync(file, made.cert);
    return made;
  } catch (error) {
    throw new ServeProblem(`certificate ${file}: ${systemReason(error)}; remove it to have a new one made`);
  }
}

function serves(pem: string, host: string): boolean {
  const certificate = new X509Certificate(pem);
  const matches = isIP(host) === 0 ? certificate.checkHost(host) : certificate.checkIP(host);
  return matches !== undefined && Date.parse(certificate.validTo) - Date.now() > DAYS_LEFT_MIN * DAY_MS;
}

/** Loaded only here: most services speak HTTP to this machine alone. */
async function makeCertificate(host: string): Promise<Certificate> {
  const { default: forge } = await import("node-forge");
  const keys = await new Promise<import("node-forge").pki.rsa.KeyPair>((resolve, reject) =>
    forge.pki.rsa.generateKeyPair({ bits: BITS }, (error, pair) => (error ? reject(error) : resolve(pair))),
  );
  const certificate = forge.pki.createCertificate();
  certificate.publicKey = keys.publicKey;
  // The first digit small, so that it is a positive number.
  certificate.serialNumber = `0${randomBytes(15).toString("hex")}`;
  certificate.validity.notBefore = new Date(Date.now() - DAY_MS);
  certificate.validity.notAfter = new Date(Date.now() + DAYS_VALID * DAY_MS);
  const names = [{ name: "commonName", value: "Weir, self-made" }];
  certificate.setSubject(names);
  certificate.setIssuer(names);
  const addresses = [...new Set(["127.0.0.1", ...(isIP(host) === 0 ? [] : [host])])];
  const hosts = [...new Set(["localhost", ...(isIP(host) === 0 ? [host] : [])])];
  certificate.setExtensions([
    { name: "basicConstraints", cA: true, critical: true },
    { name: "keyUsage", digitalSignature: true, keyEncipherment: true, keyCertSign: true, critical: true },
    { name: "extKeyUsage", serverAuth: true },
    {
      name: "subjectAltName",
      altNames: [...hosts.map((value) => ({ type: 2, value })), ...addresses.map((ip) => ({ type: 7, ip }))],
    },
  ]);
  certificate.sign(keys.privateKey, forge.md.sha256.create());
  return { cert: forge.pki.certificateToPem(certificate), key: forge.pki.privateKeyToPem(keys.privateKey) };
}
