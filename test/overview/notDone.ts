/** What no test from outside shows, or not in full, each with what stands in the way. */

/** Rows that are not done. One that a test proves may not stand here. */
export const notDone: ReadonlyMap<number, string> = new Map<number, string>([]);

/** Rows that are proven on this machine, and what of them no single Linux machine can show. */
export const limits: ReadonlyMap<number, string> = new Map<number, string>([
  [16, "The kind of an account is checked where it is linked; a bare URL in a resource file does not tell its account's kind."],
  [38, "Windows pools run `cmd /c` lines through a small interpreter; nothing was run on a Windows host."],
  [40, "`.exe`, `.cmd`, `.bat` and PowerShell were not run on a Windows host."],
  [51, "One agent process hosts all nodes of an account, so the heartbeat is the agent's and tells for all its nodes."],
  [53, "Ids are `tvm-1`, `tvm-2` …, unique in their pool for its whole life, and carry no time."],
  [89, "Without `--isolate-nodes` (root on Linux) nodes share the machine's network and isolation is advisory."],
  [91, "As row 89: ports are closed between nodes with networks of their own."],
  [276, "`schedulingError` is shown to API versions before 2017-05-01, `failureInfo` to later ones."],
  [
    285,
    "A task whose agent died runs again in its pool, after its old process is dead; on one machine that may be the same node.",
  ],
]);
