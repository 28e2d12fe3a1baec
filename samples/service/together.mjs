/**
 * Blob storage and the Batch service on this machine for as long as one command runs, which finds both in its environment. Nothing is left behind.
 *
 *   node samples/service/together.mjs node samples/service/tutorial.mjs
 */
import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";

const [command, ...args] = process.argv.slice(2);
if (command === undefined) {
  console.error("say what to run: node samples/service/together.mjs COMMAND [ARGUMENT…]");
  process.exit(2);
}

const started = [];
/** Starts a Node program and waits until what it writes to its standard output matches. */
async function start(program, options, env, pattern) {
  const child = spawn(process.execPath, [program, ...options], {
    env: { ...process.env, ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  started.push(child);
  let said = "";
  return await new Promise((resolve, reject) => {
    let complained = "";
    child.stdout.on("data", (text) => {
      said += text;
      const found = pattern.exec(said);
      if (found !== null) resolve(found);
    });
    child.stderr.on("data", (text) => {
      complained = (complained + text).slice(-4000);
    });
    child.once("error", reject);
    child.once("exit", (code) => reject(new Error(`${program} ended with ${code}:\n${said}${complained}`)));
  });
}

async function stopAll() {
  for (const child of started.splice(0).reverse()) {
    if (child.exitCode !== null || child.signalCode !== null) continue;
    child.kill("SIGTERM");
    await once(child, "exit");
  }
}

const storageKey = randomBytes(64).toString("base64");
const azurite = createRequire(import.meta.url).resolve("azurite/dist/src/blob/main.js");
const inMemory = ["--inMemoryPersistence", "--skipApiVersionCheck", "--silent", "--disableTelemetry", "--blobPort", "0"];
const weir = fileURLToPath(new URL("../../dist/cli/weir.js", import.meta.url));
try {
  const [, blobs] = await start(azurite, inMemory, { AZURITE_ACCOUNTS: `storage:${storageKey}` }, /listens on (http:\S+)/);
  const [text] = await start(
    weir,
    ["serve", "--fast", "--listen", "127.0.0.1:0", "--json", "--log-level", "warn"],
    {},
    /\{[^}]*\}/,
  );
  const { endpoint, account, key } = JSON.parse(text);
  const env = {
    ...process.env,
    AZURE_BATCH_ENDPOINT: endpoint,
    AZURE_BATCH_ACCOUNT: account,
    AZURE_BATCH_ACCESS_KEY: key,
    AZURE_STORAGE_CONNECTION_STRING: `DefaultEndpointsProtocol=http;AccountName=storage;AccountKey=${storageKey};BlobEndpoint=${blobs}/storage;`,
  };
  const child = spawn(command, args, { env, stdio: "inherit" });
  process.once("SIGINT", () => {});
  const [code] = await once(child, "exit");
  process.exitCode = code ?? 1;
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
} finally {
  await stopAll();
}
