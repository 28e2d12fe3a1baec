/**
 * Blob storage for tests: Azurite's blob service as a process of its own on a free port of loopback, everything in memory, with an account and key that
 * were made for this test. What a node or the service does there is seen with Azure's own client, never with ours.
 */
import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import {
  BlobSASPermissions,
  BlobServiceClient,
  type ContainerClient,
  ContainerSASPermissions,
  StorageSharedKeyCredential,
} from "@azure/storage-blob";

/** One storage account; `stop` ends the process. */
export interface Azurite {
  /** `http://127.0.0.1:PORT/ACCOUNT`, as a client wants it. */
  readonly blobEndpoint: string;
  readonly account: string;
  /** Base64. */
  readonly key: string;
  /** Azure's client with the account's key: may do everything. */
  readonly client: BlobServiceClient;
  /** A connection string, for what wants one. */
  readonly connectionString: string;
  /** Makes a container (its name has 3 letters at least): private, or readable by anyone who knows a blob's name. */
  container(name: string, access?: "private" | "public"): Promise<ContainerClient>;
  /** Puts a blob; its URL without a signature. */
  upload(container: string, name: string, content: string | Uint8Array): Promise<string>;
  /** What a blob holds; undefined when it is not there. */
  text(container: string, name: string): Promise<string | undefined>;
  /** Names of a container's blobs, sorted. */
  names(container: string): Promise<string[]>;
  /** URL of a blob, with a signature that permits what the letters say (`r` read, `w` write, `c` create). Valid for an hour unless told otherwise. */
  blobSas(container: string, name: string, permissions?: string, expiresOn?: Date): Promise<string>;
  /** The same for a container (`r` read, `l` list, `w` write, `c` create). */
  containerSas(container: string, permissions?: string, expiresOn?: Date): Promise<string>;
  stop(): Promise<void>;
}

const HOUR_MS = 3_600_000;
const PROGRAM = createRequire(import.meta.url).resolve("azurite/dist/src/blob/main.js");
/** Ends with the test that started it, however that ends: its standard input closes then. */
const WITH_PARENT = 'data:text/javascript,process.stdin.on("close",()=>process.exit()).resume()';

/** Starts it and waits until it listens. Rejects with what it wrote when it ends instead. */
export async function startAzurite(account = "weirstore"): Promise<Azurite> {
  const key = randomBytes(64).toString("base64");
  const options = ["--inMemoryPersistence", "--skipApiVersionCheck", "--loose", "--silent", "--disableTelemetry"];
  const args = ["--import", WITH_PARENT, PROGRAM, "--blobHost", "127.0.0.1", "--blobPort", "0", ...options];
  const child = spawn(process.execPath, args, {
    stdio: ["pipe", "pipe", "pipe"],
    cwd: tmpdir(),
    env: { ...process.env, AZURITE_ACCOUNTS: `${account}:${key}` },
  });
  const origin = await new Promise<string>((resolve, reject) => {
    let said = "";
    const hear = (text: Buffer) => {
      said += text;
      const found = /successfully listens on (http:\/\/127\.0\.0\.1:\d+)/.exec(said);
      if (found !== null) resolve(found[1]);
    };
    child.stdout.on("data", hear);
    child.stderr.on("data", hear);
    child.once("error", reject);
    child.once("exit", (code) => reject(new Error(`azurite ended with ${code}: ${said}`)));
  });
  const blobEndpoint = `${origin}/${account}`;
  const client = new BlobServiceClient(blobEndpoint, new StorageSharedKeyCredential(account, key));
  const inAnHour = () => new Date(Date.now() + HOUR_MS);
  return {
    blobEndpoint,
    account,
    key,
    client,
    connectionString: `DefaultEndpointsProtocol=http;AccountName=${account};AccountKey=${key};BlobEndpoint=${blobEndpoint};`,
    container: async (name, access = "private") => {
      const made = client.getContainerClient(name);
      await made.createIfNotExists(access === "public" ? { access: "blob" } : {});
      return made;
    },
    upload: async (container, name, content) => {
      const blob = client.getContainerClient(container).getBlockBlobClient(name);
      await blob.upload(content, Buffer.byteLength(content));
      return blob.url;
    },
    text: async (container, name) => {
      const blob = client.getContainerClient(container).getBlobClient(name);
      return (await blob.exists()) ? (await blob.downloadToBuffer()).toString("utf8") : undefined;
    },
    names: async (container) => {
      const names: string[] = [];
      for await (const { name } of client.getContainerClient(container).listBlobsFlat()) names.push(name);
      return names.sort();
    },
    blobSas: (container, name, permissions = "r", expiresOn = inAnHour()) =>
      client
        .getContainerClient(container)
        .getBlobClient(name)
        .generateSasUrl({ permissions: BlobSASPermissions.parse(permissions), expiresOn }),
    containerSas: (container, permissions = "rl", expiresOn = inAnHour()) =>
      client
        .getContainerClient(container)
        .generateSasUrl({ permissions: ContainerSASPermissions.parse(permissions), expiresOn }),
    stop: async () => {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const ended = once(child, "exit");
      child.kill("SIGKILL");
      await ended;
    },
  };
}
