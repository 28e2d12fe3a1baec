/** OpenSSH's own client as people use it, with nothing of this machine's user in it: no configuration, no agent, no known hosts. */
import { execFileSync, spawn, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { findLoginPrograms } from "../../runtime/agent/login/programs.ts";

/** Why no test can log in on this machine; undefined when it can. */
export function noLoginHere(): string | undefined {
  const programs = findLoginPrograms();
  if ("missing" in programs) return programs.missing;
  return spawnSync("ssh", ["-V"]).status === 0 ? undefined : "this machine lacks ssh";
}

/** Where somebody logs in, as the service tells it. */
export interface LoginSettings {
  readonly remoteLoginIPAddress: string;
  readonly remoteLoginPort: number;
}

/** How a login ended. */
export interface LoggedIn {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A key pair and a password to log in with. */
export class SshClient {
  readonly folder: string = mkdtempSync(join(tmpdir(), "weir-ssh-"));
  readonly identity: string = join(this.folder, "key");
  readonly publicKey: string;
  /** One that no node knows. */
  readonly stranger: string = join(this.folder, "stranger");

  constructor() {
    for (const key of [this.identity, this.stranger])
      execFileSync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-C", "a test", "-f", key]);
    this.publicKey = readFileSync(`${this.identity}.pub`, "utf8");
  }

  /** Runs a command on the node as `user`, by key. */
  byKey(to: LoginSettings, user: string, command: string, identity: string = this.identity): Promise<LoggedIn> {
    return this.run(to, user, ["-o", "BatchMode=yes", "-i", identity, "-o", "IdentitiesOnly=yes"], command, {});
  }

  /** The same by password, which ssh asks a program for. */
  byPassword(to: LoginSettings, user: string, password: string, command: string): Promise<LoggedIn> {
    const asked = join(this.folder, "asked");
    writeFileSync(asked, '#!/bin/sh\nprintf "%s\\n" "$PASSWORD"\n', { mode: 0o700 });
    const options = ["-o", "PubkeyAuthentication=no", "-o", "NumberOfPasswordPrompts=1"];
    return this.run(to, user, options, command, { SSH_ASKPASS: asked, SSH_ASKPASS_REQUIRE: "force", PASSWORD: password });
  }

  clear(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }

  private run(
    { remoteLoginIPAddress, remoteLoginPort }: LoginSettings,
    user: string,
    options: readonly string[],
    command: string,
    env: Readonly<Record<string, string>>,
  ): Promise<LoggedIn> {
    const hosts = ["-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null", "-o", "LogLevel=ERROR"];
    const place = ["-F", "none", "-p", String(remoteLoginPort), ...hosts, ...options, `${user}@${remoteLoginIPAddress}`];
    const child = spawn("ssh", [...place, command], {
      stdio: ["ignore", "pipe", "pipe"],
      env: { PATH: process.env.PATH, HOME: this.folder, ...env },
    });
    let stdout = "";
    let stderr = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text));
    child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
    return new Promise((resolve, reject) => {
      child.on("error", reject);
      child.on("close", (code) => resolve({ code, stdout, stderr }));
    });
  }
}
