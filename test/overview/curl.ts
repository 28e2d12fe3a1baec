/**
 * curl as the only client of a service: requests are signed here, after the documentation of the scheme and with nothing of the product, and sent by the
 * program that everybody has. Many requests go through one process and one connection.
 */
import { spawn } from "node:child_process";
import { createHmac } from "node:crypto";
import type { Ready } from "../support/serveProcess.ts";

const API_VERSION = "2022-10-01.16.0";
const JSON_TYPE = "application/json; odata=minimalmetadata; charset=utf-8";
/** Between the answers of one process; `%{…}` is filled in by curl. */
const END = "\n--end-of-answer ";

/** What is sent. `path` begins with `/` and has no query; `query` has values that need no encoding. */
export interface Sent {
  readonly method: string;
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

/** What came back; `text` of HEAD are the headers. */
export interface Came {
  readonly status: number;
  readonly text: string;
}

/** One service and the key of its account. */
export class Curl {
  private readonly service: Pick<Ready, "endpoint" | "account" | "key">;

  constructor(service: Pick<Ready, "endpoint" | "account" | "key">) {
    this.service = service;
  }

  async send(method: string, path: string, body?: unknown): Promise<Came> {
    return (await this.sendAll([{ method, path, body }]))[0];
  }

  /** In this order, one after the other. Rejects with what curl said if it did not get an answer to each. */
  async sendAll(requests: readonly Sent[]): Promise<readonly Came[]> {
    const child = spawn(
      "curl",
      requests.flatMap((request, i) => [...(i === 0 ? [] : ["--next"]), ...this.argumentsOf(request)]),
    );
    let [out, err] = ["", ""];
    child.stdout.setEncoding("utf8").on("data", (text: string) => (out += text));
    child.stderr.setEncoding("utf8").on("data", (text: string) => (err += text));
    await new Promise((resolve, reject) => child.once("error", reject).once("close", resolve));
    const answers = out.split(/\n--end-of-answer (\d+)\n/);
    if (answers.length !== 2 * requests.length + 1) throw new Error(`curl: ${err}\n${out}`);
    return requests.map((_, i) => ({ text: answers[2 * i], status: Number(answers[2 * i + 1]) }));
  }

  private argumentsOf({ method, path, query, body }: Sent): string[] {
    const all = { ...query, "api-version": API_VERSION };
    const bytes = body === undefined ? "" : JSON.stringify(body);
    const hasBody = body !== undefined || method === "POST";
    const date = new Date().toUTCString();
    const length = hasBody ? String(Buffer.byteLength(bytes)) : "";
    const type = hasBody ? JSON_TYPE : "";
    // Verb; encoding, language, length, MD5, type, date (empty, since ocp-date stands for it), five conditions; then ocp- headers and what is asked for.
    const lines = [method, "", "", length, "", type, "", "", "", "", "", "", `ocp-date:${date}`];
    const parameters = Object.entries(all).sort(([a], [b]) => (a < b ? -1 : 1));
    const resource = `/${this.service.account}${path}${parameters.map(([name, value]) => `\n${name}:${value}`).join("")}`;
    const signature = createHmac("sha256", Buffer.from(this.service.key, "base64")).update(`${lines.join("\n")}\n${resource}`);
    const words = ["--silent", "--show-error", "--globoff", "--write-out", `${END}%{http_code}\n`];
    words.push(...(method === "HEAD" ? ["--head"] : ["--request", method]));
    words.push("--header", `ocp-date: ${date}`);
    words.push("--header", `authorization: SharedKey ${this.service.account}:${signature.digest("base64")}`);
    if (hasBody) words.push("--header", `content-type: ${type}`, "--data-binary", bytes);
    return [...words, `${this.service.endpoint}${path}?${new URLSearchParams(all)}`];
  }
}
