/** The flooding side of flood.soak.ts, a process of its own: server and client together would need more file descriptors than one process has. */
import { request } from "node:http";
import { signedHeaders } from "../../runtime/rest/sharedKey.ts";

const [url, key, count] = process.argv.slice(2);
const body = Buffer.from(`{"metadata":[]${" ".repeat(100_000)}}`);

function once(withBody: boolean): Promise<number> {
  const method = withBody ? "PATCH" : "GET";
  const sized = withBody ? { bodyBytes: body.length } : {};
  const headers = signedHeaders({ account: "acct", key, method, url, at: new Date(), ...sized });
  return new Promise((resolve, reject) => {
    const sent = request(url, { method, headers, agent: false }, (response) => {
      response.resume();
      response.on("end", () => resolve(response.statusCode!));
    });
    sent.on("error", reject);
    sent.end(withBody ? body : undefined);
  });
}

const statuses = await Promise.all(Array.from({ length: Number(count) }, (_, i) => once(i % 10 === 0)));
process.stdout.write(JSON.stringify(statuses));
