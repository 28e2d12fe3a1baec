/**
 * What a node's SSH server is made of: OpenSSH's own `sshd` and `ssh-keygen`, and the library that lets it see users that this machine does not have. None of
 * it comes with Weir; where a part is missing there is no login, and the caller is told what to install.
 */
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";

/** Absolute paths. */
export interface LoginPrograms {
  readonly sshd: string;
  readonly keygen: string;
  /** nss_wrapper: answers questions for users and groups from files of ours, in the one process that it is loaded into. */
  readonly wrapper: string;
  /** Of users who log in. */
  readonly shell: string;
}

/** `sshd` is seldom on the path of those who are not the administrator. */
const PROGRAM_DIRECTORIES = ["/usr/sbin", "/usr/local/sbin", "/sbin", "/usr/bin", "/usr/local/bin", "/bin"] as const;
const LIBRARY_DIRECTORIES = ["/usr/lib64", "/usr/lib", "/usr/local/lib", "/lib64", "/lib"] as const;
const WRAPPER = "libnss_wrapper.so";

/** What is there; `missing` says in words what is not, and what to do about it. */
export function findLoginPrograms(): LoginPrograms | { readonly missing: string } {
  if (process.platform !== "linux") return { missing: "remote login needs Linux" };
  const sshd = inDirectories(PROGRAM_DIRECTORIES, "sshd");
  const keygen = inDirectories(PROGRAM_DIRECTORIES, "ssh-keygen");
  const wrapper = library();
  const shell = ["/bin/bash", "/bin/sh"].find((path) => existsSync(path));
  const lacking = [
    ...(sshd === undefined || keygen === undefined ? ["OpenSSH's server (Debian: openssh-server)"] : []),
    ...(wrapper === undefined ? ["nss_wrapper (Debian: libnss-wrapper)"] : []),
    ...(shell === undefined ? ["a shell (/bin/sh)"] : []),
  ];
  if (sshd === undefined || keygen === undefined || wrapper === undefined || shell === undefined)
    return { missing: `this machine lacks ${lacking.join(" and ")}; install it and ask again` };
  return { sshd, keygen, wrapper, shell };
}

function inDirectories(directories: readonly string[], name: string): string | undefined {
  return directories.map((directory) => join(directory, name)).find((path) => existsSync(path));
}

/** Debian and its children keep libraries in a directory named after the machine, below /usr/lib. */
function library(): string | undefined {
  const ofMachine = LIBRARY_DIRECTORIES.flatMap((directory) => {
    try {
      return readdirSync(directory)
        .filter((name) => name.endsWith("-linux-gnu") || name.endsWith("-linux-gnueabihf"))
        .map((name) => join(directory, name));
    } catch {
      return [];
    }
  });
  return inDirectories([...LIBRARY_DIRECTORIES, ...ofMachine], WRAPPER);
}
