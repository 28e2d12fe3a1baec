/**
 * One agent a root: two would fence each other's tasks. The claim is a name that the kernel gives to one process only and takes back when that has gone,
 * however it went (an abstract Unix socket of Linux), so there is no file that could be left behind.
 */
import { createHash } from "node:crypto";
import { mkdirSync, realpathSync } from "node:fs";
import { createServer } from "node:net";

/** Claims the root until the function it gives is called; undefined when another process has it. The directory is made. */
export async function takeRoot(root: string): Promise<(() => void) | undefined> {
  mkdirSync(root, { recursive: true, mode: 0o700 });
  const digest = createHash("sha256").update(realpathSync(root)).digest("hex").slice(0, 40);
  const server = createServer((socket) => socket.destroy());
  const name = process.platform === "linux" ? `\0weir-agent-${digest}` : undefined;
  if (name === undefined) return () => {};
  const taken = await new Promise<boolean>((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) => (error.code === "EADDRINUSE" ? resolve(false) : reject(error)));
    server.listen(name, () => resolve(true));
  });
  if (!taken) return undefined;
  server.unref();
  return () => server.close();
}
