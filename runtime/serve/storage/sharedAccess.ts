/**
 * Shared access signatures of Azure's blob storage: URLs that permit something for a while, signed with the key of the storage account. The key itself never
 * leaves the service. What is signed, line by line, is the documented text of version 2020-12-06 and later.
 */
import { createHmac } from "node:crypto";

/** A storage account whose key is known. */
export interface StorageAccount {
  readonly name: string;
  /** Without a slash at its end: `https://NAME.blob.core.windows.net`, or `http://127.0.0.1:10000/NAME` for an emulator. */
  readonly blobEndpoint: string;
  /** Base64. */
  readonly key: string;
}

/** What a URL permits, and until when. */
export interface Permit {
  /** Letters in the service's order: `r` read, `a` add, `c` create, `w` write, `d` delete, `l` list. */
  readonly permissions: string;
  readonly expiresAt: Date;
}

const VERSION = "2021-12-02";
/** The letters have to be signed in this order. */
const ORDER = "racwdl";

/** URL of a container that permits what is said. */
export function containerUrl(storage: StorageAccount, container: string, permit: Permit): string {
  return signed(storage, { container, blob: undefined }, permit);
}

/** URL of one blob that permits what is said; `blob` may hold `/`. */
export function blobUrl(storage: StorageAccount, container: string, blob: string, permit: Permit): string {
  return signed(storage, { container, blob }, permit);
}

/** URL that permits to make the container, or to find that it is there: a signature of the whole account, for the service's own use. */
export function containerMakingUrl(storage: StorageAccount, container: string, expiresAt: Date): string {
  const expiry = instant(expiresAt);
  const lines = [storage.name, "cw", "b", "c", "", expiry, "", "", VERSION, "", ""];
  const query = { restype: "container", sv: VERSION, ss: "b", srt: "c", sp: "cw", se: expiry, sig: sign(storage, lines) };
  return `${storage.blobEndpoint}/${container}?${new URLSearchParams(query)}`;
}

interface Resource {
  readonly container: string;
  readonly blob: string | undefined;
}

function signed(storage: StorageAccount, { container, blob }: Resource, { permissions, expiresAt }: Permit): string {
  const letters = [...ORDER].filter((letter) => permissions.includes(letter)).join("");
  const kind = blob === undefined ? "c" : "b";
  const below = blob === undefined ? container : `${container}/${blob}`;
  const expiry = instant(expiresAt);
  // Start, identifier, address, protocol; then snapshot, encryption scope, and five headers of the answer: none of them is bound.
  const head = [letters, "", expiry, `/blob/${storage.name}/${below}`, "", "", "", VERSION, kind];
  const sig = sign(storage, [...head, "", "", "", "", "", "", ""]);
  const query = new URLSearchParams({ sv: VERSION, sr: kind, sp: letters, se: expiry, sig });
  return `${storage.blobEndpoint}/${below.split("/").map(encodeURIComponent).join("/")}?${query}`;
}

function sign({ key }: StorageAccount, lines: readonly string[]): string {
  return createHmac("sha256", Buffer.from(key, "base64")).update(lines.join("\n"), "utf8").digest("base64");
}

/** Whole seconds, as the service writes them. */
const instant = (at: Date) => `${at.toISOString().slice(0, 19)}Z`;
