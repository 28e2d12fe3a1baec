/** The kinds of launchers that this machine can have: perl and a C compiler are not everywhere, Node is. */
import { spawnSync } from "node:child_process";

const isInstalled = (program: string) => spawnSync(program, ["--version"]).error === undefined;

export const launcherKinds = [
  ...(isInstalled("perl") ? (["perl"] as const) : []),
  ...(isInstalled("cc") ? (["compiled"] as const) : []),
  "node" as const,
];
