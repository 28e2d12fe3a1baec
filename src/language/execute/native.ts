/**
 * Programs as code of the processor: makes the module of wasm.ts and ties it to a frame, whose registers move into a memory that the module
 * shares. Where the host bars WebAssembly (a page may, by its content security policy) there is none of this, and the machine goes on.
 */
import type { IrProgram } from "../ir.ts";
import { closure } from "./closures.ts";
import type { Frame } from "./frame.ts";
import { wasmCode } from "./wasm.ts";

/** What we use of WebAssembly; TypeScript knows it only together with the whole of a browser. */
interface WasmHost {
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object, imports: object) => { readonly exports: { readonly run: (base: number) => number } };
  readonly Memory: new (pages: { readonly initial: number }) => { readonly buffer: ArrayBuffer };
}

/** Ties the program to a frame of it. */
export type NativeMaker = (frame: Frame) => NativeCode;

/** Runs the program on its frame: `run(base)` gives the number of steps that came to their end. */
export interface NativeCode {
  readonly run: (base: number) => number;
  /** Where the frame's registers begin, in bytes. */
  readonly base: number;
}

/** Registers of the largest program that is made native; a formula of 100 statements has about 1,000. */
const REGISTERS_MAX = 8192;
const PAGE_BYTES = 65536;

/** Undefined where WebAssembly is missing or barred, and for programs too large to be worth it. */
export function nativeMaker(program: IrProgram): NativeMaker | undefined {
  const host = (globalThis as { readonly WebAssembly?: WasmHost }).WebAssembly;
  if (host === undefined || program.types.length > REGISTERS_MAX) return undefined;
  const { bytes, calls } = wasmCode(program);
  let module: object;
  try {
    module = new host.Module(bytes);
  } catch (signal) {
    if ((signal as Error).name === "CompileError" || signal instanceof EvalError) return undefined;
    throw signal;
  }
  return (frame) => {
    const room = roomFor(frame.doubles.length, host);
    frame.moveTo(new Float64Array(room.memory.buffer, room.base, frame.doubles.length));
    const imports = Object.fromEntries(calls.map((call, i) => [i, closure(call, frame)]));
    const { run } = new host.Instance(module, { c: imports, m: { m: room.memory } }).exports;
    return { run, base: room.base };
  };
}

/** The memory at hand and how much of it is given away. Programs share memories, because each takes gigabytes of addresses. */
let current: { readonly memory: InstanceType<WasmHost["Memory"]>; used: number } | undefined;

function roomFor(registers: number, host: WasmHost): { memory: InstanceType<WasmHost["Memory"]>; base: number } {
  const bytes = 8 * registers;
  if (current === undefined || current.used + bytes > current.memory.buffer.byteLength)
    current = { memory: new host.Memory({ initial: 1 + Math.floor(bytes / PAGE_BYTES) }), used: 0 };
  const { memory, used: base } = current;
  current.used += bytes;
  return { memory, base };
}
