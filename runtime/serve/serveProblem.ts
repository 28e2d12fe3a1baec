/** What keeps a service from starting and is the user's to mend. */
import { RestoreError } from "../core/restore/reading.ts";
import { StoreError } from "../persistence/persistence.ts";

/** A service cannot start as it was asked to: the user's to mend. The message names the place and the remedy. */
export class ServeProblem extends Error {
  override readonly name = "ServeProblem";
}

/** What a store or a data directory says of itself is the user's to mend too; anything else stays what it is. */
export function asServeProblem(error: unknown): unknown {
  if (error instanceof StoreError) return new ServeProblem(error.message);
  if (error instanceof RestoreError)
    return new ServeProblem(
      `what the data directory holds does not fit together: ${error.message}; restore a copy of it, or begin anew with --reset`,
    );
  return error;
}

/** What the operating system says, in words. */
export function systemReason(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  switch (code) {
    case "EACCES":
    case "EPERM":
      return "permission denied";
    case "ENOENT":
      return "no such file or directory";
    case "ENOTDIR":
      return "not a directory";
    case "EEXIST":
      return "it is there already and is no directory";
    case "EROFS":
      return "the file system is read-only";
    case "ENOSPC":
      return "no space left on the device";
    case "EADDRINUSE":
      return "another program listens there";
    case "EADDRNOTAVAIL":
      return "this machine has no such address";
    case "ENOTFOUND":
    case "EAI_AGAIN":
      return "no such host name";
    default:
      return String(message).split("\n")[0];
  }
}
