/**
 * Where the packages of one account are, and who may put them there. A package arrives in the linked storage when there is one, else in `uploads` of the
 * account's directory; activating it brings it onto the shelf, from which nodes unpack it:
 *
 *     create version → URL to upload to → upload → activate: inspected, moved to  <data>/packages/<application>/<version>.zip
 */
import { createHash, createHmac, timingSafeEqual } from "node:crypto";
import { join } from "node:path";
import type { Records } from "../../host/records.ts";
import { zipOnShelf } from "../../providers/local/packages.ts";
import type { OpenAccount } from "../accounts/openAccount.ts";
import { linkedStorage } from "../storage/linkedStorage.ts";
import { blobUrl, type StorageAccount } from "../storage/sharedAccess.ts";

/** What the operations on packages need of an account. */
export interface PackageHome {
  readonly account: string;
  readonly records: Records;
  /** `<data>/packages`, absolute. */
  readonly shelf: string;
  /** `<data>/uploads`, absolute; made when it is needed. */
  readonly uploads: string;
  /** Signs the server's own URLs. */
  readonly secret: Buffer;
  readonly storage: StorageAccount | undefined;
  /** Of the server. */
  readonly url: string;
  /** Service time, milliseconds since 1970. */
  readonly now: number;
}

/** Application and version, in the spelling of the record. */
export interface PackageName {
  readonly id: string;
  readonly version: string;
}

/** How long an upload may take to begin. */
const LINK_MS = 4 * 3_600_000;

/** The home of an account's packages; `url` as the client wrote it. */
export function packageHome({ known, service, directory }: OpenAccount, url: string): PackageHome {
  return {
    account: known.document.name,
    records: service.records,
    shelf: directory.packages,
    uploads: join(directory.path, "uploads"),
    secret: createHmac("sha256", Buffer.from(known.secretsNow().tokenSeed, "base64")).update("packages").digest(),
    storage: linkedStorage(known),
    url,
    now: service.now(),
  };
}

/** Where the zip file lies once it is active. */
export function shelfFile({ shelf }: PackageHome, { id, version }: PackageName): string {
  return zipOnShelf(shelf, id, version);
}

/** Where what was uploaded to the server itself waits for its activation; names that differ only in case are one. */
export function uploadFile({ uploads }: PackageHome, name: PackageName): string {
  const text = `${name.id}/${name.version}`.toLowerCase();
  return join(uploads, createHash("sha256").update(text).digest("hex").slice(0, 32));
}

/** Container and blob of a package in linked storage: readable, valid and unique whatever the ids are. */
export function storedBlob({ account }: PackageHome, { id, version }: PackageName): { container: string; blob: string } {
  const lower = id.toLowerCase();
  const hash = createHash("sha256").update(`${account}/${lower}`).digest("hex").slice(0, 12);
  const readable = lower
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-+|-+$/g, "")
    .slice(0, 32)
    .replace(/-+$/, "");
  return { container: `app-${readable === "" ? "" : `${readable}-`}${hash}`, blob: `${lower}-${version.toLowerCase()}.zip` };
}

/** URL to upload the package to (`w`), or to read it from (`r`), and until when. */
export function packageLink(home: PackageHome, name: PackageName, permission: "r" | "w"): { url: string; expiresAt: Date } {
  const expiresAt = new Date(Math.floor((Date.now() + LINK_MS) / 1000) * 1000);
  const { storage } = home;
  if (storage !== undefined) {
    const { container, blob } = storedBlob(home, name);
    const permissions = permission === "r" ? "r" : "rcw";
    return { url: blobUrl(storage, container, blob, { permissions, expiresAt }), expiresAt };
  }
  const se = expiresAt.toISOString();
  const query = new URLSearchParams({ se, sp: permission, sig: signature(home, name, permission, se) });
  const path = [home.account, name.id, `${name.version}.zip`].map(encodeURIComponent).join("/");
  return { url: `${home.url}/storage/${path}?${query}`, expiresAt };
}

/** Whether a URL of the server's own permits this now. */
export function isPermitted(home: PackageHome, name: PackageName, permission: "r" | "w", query: URLSearchParams): boolean {
  const se = query.get("se") ?? "";
  const given = query.get("sp") ?? "";
  const expected = Buffer.from(signature(home, name, given, se), "base64");
  const signed = Buffer.from(query.get("sig") ?? "", "base64");
  const isGenuine = signed.length === expected.length && timingSafeEqual(signed, expected);
  return isGenuine && given === permission && Date.parse(se) > Date.now();
}

function signature({ account, secret }: PackageHome, { id, version }: PackageName, permission: string, se: string): string {
  const text = [account, id.toLowerCase(), version.toLowerCase(), permission, se].join("\n");
  return createHmac("sha256", secret).update(text).digest("base64");
}
