/** try */
import { expect, test } from "vitest";
import { startAzurite } from "../support/azurite.ts";
test("rig", async () => {
  const t = performance.now();
  const a = await startAzurite();
  console.log(performance.now() - t, a.blobEndpoint);
  await a.container("in");
  const url = await a.upload("in", "d/x.txt", "hello");
  console.log(
    (await fetch(url)).status,
    (await fetch(await a.blobSas("in", "d/x.txt"))).status,
    await a.names("in"),
    await a.text("in", "d/x.txt"),
  );
  console.log(
    (await fetch(await a.blobSas("in", "nono"))).status,
    (await fetch(`${await a.containerSas("in")}&restype=container&comp=list`)).status,
  );
  console.log(await a.blobSas("in", "d/x.txt"));
  await a.stop();
});
