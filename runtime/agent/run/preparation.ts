/**
 * What is done for a run before its process starts (section 9 of the task rules, steps 3 to 6): directory, application packages, files. Plain runs do not
 * come here: the launcher makes their directory on its way.
 */
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { installCertificates, placeCertificates } from "../node/certificates.ts";
import { type AgentDirectories, confine } from "../node/directories.ts";
import type { RunDescription } from "../protocol.ts";
import { installPackage } from "../transfer/packages.ts";
import { fetchResourceFiles } from "../transfer/resources.ts";
import { localFailure } from "./failures.ts";

export interface Preparation {
  readonly run: RunDescription;
  /** Absolute. */
  readonly directory: string;
  readonly nodeRoot: string;
  readonly directories: AgentDirectories;
  /** Aborted when the run is to end. */
  readonly signal: AbortSignal;
  /** Hears of a package that was not there before; `bytes` of its zip file. */
  readonly installed: (directory: string, bytes: number) => void;
}

/** Makes everything ready. Rejects with a RunFailure, or what `signal` was aborted with. */
export async function prepareRun({ run, directory, nodeRoot, directories, signal, installed }: Preparation): Promise<void> {
  const common = run.commonDirectory === undefined ? directory : confine(nodeRoot, run.commonDirectory);
  if (common === undefined) throw localFailure("ResourceDirectoryCreateFailed", "The task's directory", { code: "EINVAL" });
  try {
    // A task begins in an empty directory; start tasks find what they left, they have to stand that (P-100).
    if (run.directory.startsWith("workitems/") && run.continues !== true) directories.discard(common);
    await mkdir(join(directory, "wd"), { recursive: true, mode: 0o755 });
  } catch (error) {
    throw localFailure("ResourceDirectoryCreateFailed", "The task's directory", error);
  }
  if (run.certificateStore !== undefined) await installCertificates(nodeRoot, run.certificateStore);
  if (run.certificates !== undefined) await placeCertificates(nodeRoot, directory, run.certificates);
  for (const { zip, directory: name } of run.packages) {
    const target = confine(join(nodeRoot, "applications"), name);
    await installPackage({ zip, target, directories, signal, installed: (bytes) => installed(name, bytes) });
  }
  await fetchResourceFiles({ files: run.commonResourceFiles ?? [], directory: common, signal });
  await fetchResourceFiles({ files: run.resourceFiles, directory: join(directory, "wd"), signal });
}
