/**
 * What a client gives as a certificate, read: a CER (one certificate) or a PFX (certificates and a private key under a password). A thumbprint is the SHA-1 of a
 * certificate's bytes, so it is known from the data and what the client says of it can be held against it.
 */
import { createHash, X509Certificate } from "node:crypto";
import type { asn1, pkcs12 } from "node-forge";

/** What was found in the data. */
export interface CertificateContent {
  /** SHA-1 of each certificate in it, hexadecimal in lower case; that of the private key first, where it can be told. */
  readonly thumbprints: readonly string[];
  /** DER of the first certificate, in Base64: what anybody may see. */
  readonly publicData: string;
  readonly hasPrivateKey: boolean;
}

/** Why data are not what they are said to be; `property` of the request is to blame. */
export class WrongCertificate extends Error {
  override readonly name = "WrongCertificate";
  readonly property: "data" | "password";
  constructor(property: "data" | "password", message: string) {
    super(message);
    this.property = property;
  }
}

/** A password is turned into a key by so many rounds at most: programs use 2,000 to 100,000, and whoever asks for more wants us to be busy. */
const ROUNDS_MAX = 200_000;

/** Reads a certificate in DER or PEM. Throws WrongCertificate. */
export function readCer(data: Buffer): CertificateContent {
  try {
    const { raw } = new X509Certificate(data);
    return { thumbprints: [thumbprintOf(raw)], publicData: raw.toString("base64"), hasPrivateKey: false };
  } catch {
    throw new WrongCertificate("data", "not an X.509 certificate");
  }
}

/** Reads a PFX (PKCS #12). Throws WrongCertificate when it is none, when the password does not open it, and when there is no certificate in it. */
export async function readPfx(data: Buffer, password: string | undefined): Promise<CertificateContent> {
  const { default: forge } = await import("node-forge");
  guardRounds(forge);
  let document: asn1.Asn1;
  try {
    document = forge.asn1.fromDer(forge.util.createBuffer(data.toString("binary")));
  } catch {
    throw new WrongCertificate("data", "not a PFX file");
  }
  const opened = openPfx(forge, document, password);
  const keyOf = new Set(keyBags(forge, opened).map(localKeyId));
  const bags = opened.getBags({ bagType: forge.pki.oids.certBag })[forge.pki.oids.certBag] ?? [];
  const found = bags
    .map((bag) => ({ bytes: bytesOf(forge, bag), isOfKey: keyOf.has(localKeyId(bag)) }))
    .sort((a, b) => Number(b.isOfKey) - Number(a.isOfKey));
  if (found.length === 0) throw new WrongCertificate("data", "there is no certificate in the PFX file");
  return {
    thumbprints: found.map(({ bytes }) => thumbprintOf(bytes)),
    publicData: found[0].bytes.toString("base64"),
    hasPrivateKey: keyOf.size > 0,
  };
}

type Forge = typeof import("node-forge");

/** No password and an empty one are different ones to a PFX; programs disagree which of them "none" is. */
function openPfx(forge: Forge, document: asn1.Asn1, password: string | undefined): pkcs12.Pkcs12Pfx {
  const passwords = password === undefined || password === "" ? ["", undefined] : [password];
  let failure = "";
  for (const each of passwords)
    try {
      return forge.pkcs12.pkcs12FromAsn1(document, true, each as string);
    } catch (error) {
      if (error instanceof WrongCertificate) throw error;
      failure = (error as Error).message;
    }
  if (/password|MAC|decrypt/i.test(failure)) throw new WrongCertificate("password", "it does not open the PFX file");
  throw new WrongCertificate("data", "not a PFX file that can be read");
}

function keyBags(forge: Forge, pfx: pkcs12.Pkcs12Pfx): pkcs12.Bag[] {
  const { keyBag, pkcs8ShroudedKeyBag } = forge.pki.oids;
  return [keyBag, pkcs8ShroudedKeyBag].flatMap((bagType) => pfx.getBags({ bagType })[bagType] ?? []);
}

const localKeyId = ({ attributes }: pkcs12.Bag): string =>
  ((attributes as { localKeyId?: readonly string[] } | undefined)?.localKeyId ?? []).join();

/** A certificate of a kind that forge does not know (with an elliptic curve) comes as it was. */
function bytesOf(forge: Forge, bag: pkcs12.Bag): Buffer {
  const { cert, asn1: raw } = bag as pkcs12.Bag & { asn1?: asn1.Asn1 };
  const document = raw ?? forge.pki.certificateToAsn1(cert!);
  return Buffer.from(forge.asn1.toDer(document).getBytes(), "binary");
}

const thumbprintOf = (bytes: Buffer): string => createHash("sha1").update(bytes).digest("hex");

const guarded = new WeakSet<Forge>();

/**
 * forge takes the number of rounds from the file and counts; it is asked through these functions only. The newer way of making a key takes the password's
 * bytes, which are those of UTF-8.
 */
function guardRounds(forge: Forge): void {
  if (guarded.has(forge)) return;
  guarded.add(forge);
  const check = (rounds: number) => {
    if (!(rounds <= ROUNDS_MAX)) throw new WrongCertificate("data", `more than ${ROUNDS_MAX} rounds for the password`);
  };
  type Derive = (password: string, salt: unknown, id: number, rounds: number, ...rest: unknown[]) => unknown;
  const pbe = forge.pki as unknown as { pbe: { generatePkcs12Key: Derive } };
  const old = pbe.pbe.generatePkcs12Key;
  const counted: Derive = (password, salt, id, rounds, ...rest) => {
    check(rounds);
    return old(password, salt, id, rounds, ...rest);
  };
  pbe.pbe.generatePkcs12Key = counted;
  (forge.pkcs12 as unknown as { generateKey: Derive }).generateKey = counted;
  const pkcs5 = forge.pkcs5 as unknown as {
    pbkdf2: (password: string, salt: string, rounds: number, ...rest: unknown[]) => unknown;
  };
  const derive = pkcs5.pbkdf2;
  pkcs5.pbkdf2 = (password, salt, rounds, ...rest) => {
    check(rounds);
    return derive(forge.util.encodeUtf8(password ?? ""), salt, rounds, ...rest);
  };
}
