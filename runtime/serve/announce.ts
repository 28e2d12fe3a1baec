/** What a service that is ready says of itself: where it is, who may come in, and lines to paste into a shell, JavaScript or Python. */
import type { Account } from "./account.ts";

/** What a client has to know to come in. */
export interface Announcement {
  readonly endpoint: string;
  readonly account: Account;
  /** Absolute path of the data directory; undefined for a temporary one. */
  readonly data: string | undefined;
  readonly pid: number;
  readonly timeScale: number;
  /** File of the self-made certificate that a client has to trust. */
  readonly certificate: string | undefined;
}

/** As one document. */
export function announcementDocument(of: Announcement): object {
  const { endpoint, account, data, pid, timeScale, certificate } = of;
  return {
    endpoint,
    account: account.name,
    key: account.key,
    pid,
    data: data ?? null,
    timeScale,
    certificate: certificate ?? null,
  };
}

/** As lines for people; what can be pasted is indented. */
export function announcementLines(of: Announcement): string[] {
  const { endpoint, account, data, timeScale, certificate } = of;
  const { name, key } = account;
  const trust =
    certificate === undefined ? [] : [`  export REQUESTS_CA_BUNDLE=${certificate} NODE_EXTRA_CA_CERTS=${certificate}`];
  return [
    `Batch service ready at ${endpoint}`,
    `  account  ${name}`,
    `  key      ${key}`,
    `  data     ${data ?? "in memory: gone when the service stops (--data DIR keeps them)"}`,
    ...(timeScale === 1 ? [] : [`  time     ${timeScale} times as fast`]),
    "",
    "Azure CLI:",
    ...trust,
    `  export AZURE_BATCH_ACCOUNT=${name} AZURE_BATCH_ACCESS_KEY=${key} AZURE_BATCH_ENDPOINT=${endpoint}`,
    "  az batch pool list",
    "JavaScript (@azure/batch):",
    `  new BatchServiceClient(new BatchSharedKeyCredentials("${name}", "${key}"), "${endpoint}")`,
    "Python (azure-batch):",
    `  BatchServiceClient(SharedKeyCredentials("${name}", "${key}"), batch_url="${endpoint}")`,
    "",
    "Ctrl-C stops it.",
  ];
}
