/** Programs as WebAssembly: when they become it, what happens where there is none, and that only numbers get into the module. */
import { describe, expect, it } from "vitest";
import { compile } from "../../../src/language/execute/compile.ts";
import { runOnce } from "../../../src/language/execute/program.ts";
import { roomFor } from "../../../src/language/execute/room.ts";
import { wasmCode } from "../../../src/language/execute/wasm.ts";
import { Source } from "../../../src/language/source.ts";
import { parse } from "../../../src/language/syntax/parse.ts";
import { TICKS_PER_MINUTE } from "../../../src/base/time.ts";
import { Timeinterval } from "../../../src/language/values/value.ts";
import { FakeEnvironment } from "./fakeEnvironment.ts";

const formulaOf = (text: string) => parse(new Source(text)).formula!;
const one = () => new FakeEnvironment({ $PendingTasks: [{ minutes: 0, value: 3 }] });

interface Host {
  WebAssembly: unknown;
}

/** Runs `body` on a host with this for its WebAssembly. */
function withWasm(wasm: unknown, body: () => void): void {
  const host = globalThis as unknown as Host;
  const original = host.WebAssembly;
  host.WebAssembly = wasm;
  try {
    body();
  } finally {
    host.WebAssembly = original;
  }
}

/** The real one, but with modules counted or made otherwise. */
function wasmWith(changes: object): object {
  const { WebAssembly } = globalThis as unknown as { WebAssembly: Record<string, unknown> };
  return { Module: WebAssembly.Module, Instance: WebAssembly.Instance, Memory: WebAssembly.Memory, ...changes };
}

class CompileError extends Error {
  override readonly name = "CompileError";
}

describe("native programs", () => {
  it("a run that is repeated becomes native once, and answers on as before, variables and failures included", () => {
    const { Module } = wasmWith({}) as { Module: new (bytes: Uint8Array) => object };
    let modules = 0;
    class Counted extends Module {
      constructor(bytes: Uint8Array) {
        super(bytes);
        modules++;
      }
    }
    withWasm(wasmWith({ Module: Counted }), () => {
      const environment = one();
      const program = compile(
        formulaOf(
          "x = round($PendingTasks / 2) + $TargetDedicatedNodes; y = percentile([1], x > 9000 ? -1 : 0); $TargetDedicatedNodes = x",
        ),
      );
      const run = program.bind(environment);
      for (let i = 0; i < 10_000; i++) {
        environment.targetDedicated = i;
        const isWell = run.evaluate();
        if (isWell !== i + 2 <= 9000) expect(isWell, `run ${i}`).toBe(i + 2 <= 9000);
        const wanted = isWell ? i + 2 : i;
        if (run.targetDedicated !== wanted) expect(run.targetDedicated, `run ${i}`).toBe(wanted);
        if (i === 1) expect(modules).toBe(0);
      }
      expect(modules).toBe(1);
      expect(run.failure?.code).toBe("percentile-out-of-range");
      expect([...run.outcome().variables]).toEqual([["x", 10_001]]);
      const other = program.bind(environment);
      expect([other.evaluate(), modules]).toEqual([false, 1]);
    });
  });

  it("what WebAssembly has no instruction for is asked of the same closures: vectors of floor, logarithms, times ", () => {
    const text =
      "p = $PendingTasks; v = floor(p / 2, p); l = lg(p + 5) + ln(1) + log(p * 0 + 100); w = round(p / 2, -p / 2); t = p * TimeInterval_Hour";
    for (const optimize of [true, false]) {
      const { variables } = runOnce(compile(formulaOf(text), { tier: "native", optimize }), one());
      expect(Object.fromEntries(variables)).toEqual({
        p: 3,
        v: Float64Array.of(1, 3),
        l: 5,
        w: Float64Array.of(2, -2),
        t: new Timeinterval(3n * 60n * TICKS_PER_MINUTE),
      });
    }
  });

  it("where WebAssembly is missing or barred, the machine answers", () => {
    const barred = wasmWith({
      Module: class {
        constructor() {
          throw new CompileError("Wasm code generation disallowed by embedder");
        }
      },
    });
    for (const wasm of [undefined, barred]) {
      withWasm(wasm, () => {
        const program = compile(formulaOf("x = 1 + $PendingTasks"), { tier: "native" });
        expect(program.tier).toBe("bytecode");
        expect(runOnce(program, one()).variables.get("x")).toBe(4);
      });
    }
    expect(compile(formulaOf("x = 1 + $PendingTasks"), { tier: "native" }).tier).toBe("native");
  });

  it("where no memory can be had, or the formula is too large, the machine answers", () => {
    const large = formulaOf(`x = ${"$PendingTasks+".repeat(500)}1`);
    const small = formulaOf("x = 1 + $PendingTasks");
    // Rooms until the memory at hand is full, so that the next needs another.
    for (let rooms = 0; rooms < 9; rooms++) roomFor(16_000);
    const none = wasmWith({
      Memory: class {
        constructor() {
          throw new RangeError("WebAssembly.Memory(): could not allocate memory");
        }
      },
    });
    withWasm(none, () => {
      roomFor(131_000);
      const rooms = [roomFor(131_000), roomFor(200_000)];
      expect(rooms.map((room) => room.memory)).toEqual([undefined, undefined]);
      expect(runOnce(compile(large, { tier: "native", optimize: false }), one()).variables.get("x")).toBe(1501);
      expect(runOnce(compile(small, { tier: "native" }), one()).variables.get("x")).toBe(4);
    });
    expect(roomFor(200_000)).toMatchObject({ memory: undefined, base: 0 });
  });

  it("frames share a memory without touching each other, from one memory into the next", () => {
    const programs = [1, 2, 3].map((k) => compile(formulaOf(`x = $PendingTasks * ${k}; y = x + 0.5`), { tier: "native" }));
    const runs = Array.from({ length: 3000 }, (_, i) => programs[i % 3].bind(one()));
    for (let k = 0; k < 12; k++) roomFor(16_000);
    runs.push(programs[0].bind(one()));
    for (const run of runs) run.evaluate();
    const answers = runs.map((run) => run.outcome().variables.get("y"));
    expect(answers).toEqual(runs.map((_, i) => 3 * ((i % 3) + 1) + 0.5));
  });

  it("no text of a formula gets into the module", () => {
    const { program } = compile(formulaOf('evil = "PWNED"; $OWNED = evil == "x" ? 1 : $PendingTasks + 3.25')).checked;
    const { bytes } = wasmCode(program);
    const text = String.fromCharCode(...bytes);
    expect(text).toContain(String.fromCharCode(...new Uint8Array(Float64Array.of(3.25).buffer)));
    expect(text).not.toMatch(/evil|PWNED|OWNED|PendingTasks/);
  });
});
