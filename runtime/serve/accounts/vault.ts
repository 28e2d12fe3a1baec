/**
 * A key vault as a file: a few named secrets under AES-256-GCM, with a key that scrypt makes from a passphrase. Without the passphrase the vault is locked:
 * nothing of it can be read, and whoever needs its secrets has to wait. The passphrase itself is kept nowhere.
 *
 *     { id, kdf: { name: "scrypt", n, r, p, salt }, cipher: "aes-256-gcm", iv, tag, data }        all bytes in Base64; data: JSON of name → secret
 */
import { createCipheriv, createDecipheriv, randomBytes, scrypt } from "node:crypto";
import { readFileSync } from "node:fs";
import { writeWhole } from "./document.ts";
import { ServeProblem, systemReason } from "../serveProblem.ts";

/** Cost of a guess: about 0.1 s and 32 MB. */
const COST = { n: 32_768, r: 8, p: 1 } as const;
const KEY_BYTES = 32;
const PASSPHRASE_MIN = 8;

interface VaultFile {
  readonly id: string;
  readonly kdf: { readonly name: "scrypt"; readonly n: number; readonly r: number; readonly p: number; readonly salt: string };
  readonly cipher: "aes-256-gcm";
  readonly iv: string;
  readonly tag: string;
  readonly data: string;
}

/** One vault, locked or not. */
export class Vault {
  readonly file: string;
  /** Resource id, as it was given at creation. */
  readonly id: string;
  private readonly kdf: VaultFile["kdf"];
  private key: Buffer | undefined;
  private secrets: Map<string, string> = new Map();

  private constructor(file: string, id: string, kdf: VaultFile["kdf"], key: Buffer | undefined) {
    this.file = file;
    this.id = id;
    this.kdf = kdf;
    this.key = key;
  }

  /** Makes a new one, empty and unlocked. Throws RangeError for a passphrase that is too short. */
  static async create(file: string, id: string, passphrase: string): Promise<Vault> {
    if (passphrase.length < PASSPHRASE_MIN)
      throw new RangeError(`a passphrase of at least ${PASSPHRASE_MIN} characters is required`);
    const kdf = { name: "scrypt", ...COST, salt: randomBytes(16).toString("base64") } as const;
    const vault = new Vault(file, id, kdf, await keyOf(passphrase, kdf));
    vault.write();
    return vault;
  }

  /** The vault of a file, locked. Throws ServeProblem. */
  static read(file: string): Vault {
    const { id, kdf } = fileOf(file);
    return new Vault(file, id, kdf, undefined);
  }

  get name(): string {
    return this.id.slice(this.id.lastIndexOf("/") + 1);
  }

  get isLocked(): boolean {
    return this.key === undefined;
  }

  /** Opens it; false when the passphrase is not the one, or the file was tampered with. One that is open stays as it is either way. */
  async unlock(passphrase: string): Promise<boolean> {
    const { iv, tag, data } = fileOf(this.file);
    const key = await keyOf(passphrase, this.kdf);
    try {
      const cipher = createDecipheriv("aes-256-gcm", key, Buffer.from(iv, "base64"));
      cipher.setAAD(Buffer.from(this.id)).setAuthTag(Buffer.from(tag, "base64"));
      const text = Buffer.concat([cipher.update(Buffer.from(data, "base64")), cipher.final()]).toString("utf8");
      const secrets = new Map(Object.entries(JSON.parse(text) as Record<string, string>));
      // What was put in while the key was made is newer than what was read.
      if (this.key === undefined) this.secrets = secrets;
    } catch {
      return false;
    }
    this.key ??= key;
    return true;
  }

  /** Names of the secrets in it, sorted; empty while it is locked. */
  names(): string[] {
    return [...this.secrets.keys()].sort();
  }

  get(name: string): string | undefined {
    return this.secrets.get(name);
  }

  /** Sets secrets and removes those that are undefined; durable when it returns. Throws ServeProblem while it is locked. */
  put(secrets: Readonly<Record<string, string | undefined>>): void {
    if (this.key === undefined) throw new ServeProblem(`vault ${this.name} is locked`);
    for (const [name, secret] of Object.entries(secrets)) {
      if (secret === undefined) this.secrets.delete(name);
      else this.secrets.set(name, secret);
    }
    this.write();
  }

  private write(): void {
    if (this.key === undefined) return;
    const iv = randomBytes(12);
    const cipher = createCipheriv("aes-256-gcm", this.key, iv).setAAD(Buffer.from(this.id));
    const data = Buffer.concat([cipher.update(JSON.stringify(Object.fromEntries(this.secrets)), "utf8"), cipher.final()]);
    const content: VaultFile = {
      id: this.id,
      kdf: this.kdf,
      cipher: "aes-256-gcm",
      iv: iv.toString("base64"),
      tag: cipher.getAuthTag().toString("base64"),
      data: data.toString("base64"),
    };
    writeWhole(this.file, `${JSON.stringify(content)}\n`);
  }
}

function fileOf(file: string): VaultFile {
  try {
    const content = JSON.parse(readFileSync(file, "utf8")) as VaultFile;
    if (content.kdf.name !== "scrypt" || content.cipher !== "aes-256-gcm" || typeof content.id !== "string")
      throw new SyntaxError();
    return content;
  } catch (error) {
    const why = error instanceof SyntaxError || error instanceof TypeError ? "not a vault" : systemReason(error);
    throw new ServeProblem(`${file}: ${why}`);
  }
}

function keyOf(passphrase: string, { n, r, p, salt }: VaultFile["kdf"]): Promise<Buffer> {
  const cost = { N: n, r, p, maxmem: 256 * n * r };
  return new Promise((resolve, reject) =>
    scrypt(passphrase.normalize("NFC"), Buffer.from(salt, "base64"), KEY_BYTES, cost, (error, key) =>
      error === null ? resolve(key) : reject(error),
    ),
  );
}
