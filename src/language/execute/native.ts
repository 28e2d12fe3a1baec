/**
 * Programs as code of the processor: makes the module of wasm.ts and ties it to a frame, on whose registers it works where they are. Where the
 * host bars WebAssembly (a page may, by its content security policy) there is none of this, and the machine goes on.
 */
import type { IrProgram } from "../ir.ts";
import { closure } from "./closures.ts";
import type { Frame } from "./frame.ts";
import { wasmHost } from "./room.ts";
import { wasmCode } from "./wasm.ts";

/** Ties the program to a frame of it; undefined if the frame's registers are out of reach. */
export type NativeMaker = (frame: Frame) => NativeCode | undefined;

/** A program on its frame. */
export interface NativeCode {
  /** Takes `base`; gives the number of steps that came to their end. What a closure throws is the caller's. */
  readonly run: (base: number) => number;
  /** Where the frame's registers begin in their memory, in bytes. */
  readonly base: number;
}

/** Registers of the largest program that is made native; a formula of 100 statements has about 1,000. */
const REGISTERS_MAX = 8192;

/** Undefined where WebAssembly is missing or barred, and for programs too large to be worth it. */
export function nativeMaker(program: IrProgram): NativeMaker | undefined {
  const host = wasmHost();
  if (host === undefined || program.types.length > REGISTERS_MAX) return undefined;
  const { bytes, calls } = wasmCode(program);
  let module: object;
  try {
    module = new host.Module(bytes);
  } catch (signal) {
    if (signal instanceof Error && signal.name === "CompileError") return undefined; // barred: what we write is valid
    throw signal;
  }
  return (frame) => {
    const { memory, base } = frame.room;
    if (memory === undefined) return undefined;
    const imports = Object.fromEntries(calls.map((call, i) => [i, closure(call, frame)]));
    const { run } = new host.Instance(module, { c: imports, m: { m: memory } }).exports;
    return { run, base };
  };
}
