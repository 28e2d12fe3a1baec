/** Documents of the shell: read from memory, written with the world. */
import { expect, it } from "vitest";
import { recordLengthMax } from "../../runtime/host/records.ts";
import { Scripted } from "./scripted.ts";

it("documents are read at once, are durable when the promise resolves, and share a transaction with commands", async () => {
  const { service, persistence } = new Scripted();
  service.start();
  const written = [
    service.records.put("application", "blender", { versions: ["1"] }),
    service.records.put("application", "__proto__", { versions: [] }),
    service.submit({ kind: "AddJob", spec: { id: "j", poolId: "p" } }),
    service.records.delete("application", "none"),
  ];
  expect(service.records.get("application", "blender")).toEqual({ versions: ["1"] });
  await Promise.all(written);
  expect(persistence.batches).toHaveLength(1);
  expect(persistence.load().records.map(({ key }) => key)).toEqual(["blender", "__proto__"]);
  await service.records.delete("application", "blender");
  expect(service.records.get("application", "blender")).toBeUndefined();
  expect(service.records.list("application")).toEqual([["__proto__", { versions: [] }]]);
  expect(service.records.list("nothing")).toEqual([]);
  await service.stop();
});

it("a document is a copy, has to be JSON, and is at most a megabyte long", async () => {
  const { service } = new Scripted();
  service.start();
  const document = { list: [1] };
  await service.records.put("k", "a", document);
  document.list.push(2);
  expect(service.records.get("k", "a")).toEqual({ list: [1] });
  expect(() => service.records.put("k", "b", undefined)).toThrow("k b: not a JSON document");
  expect(() => service.records.put("k", "b", "x".repeat(recordLengthMax - 1))).toThrow("longer than 1048576 characters");
  await service.records.put("k", "b", "x".repeat(recordLengthMax - 2));
  await service.stop();
});
