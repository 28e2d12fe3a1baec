/**
 * Room for the double registers of frames, where WebAssembly code can work on it. A WebAssembly memory takes gigabytes of addresses (not of
 * memory), so frames share one until it is full; it goes when all of them are gone. Where the host has no WebAssembly, or no addresses left,
 * the room is an array like any other, and the frame's program stays with the machine.
 */

/** What we use of WebAssembly; TypeScript knows it only together with the whole of a browser. */
export interface WasmHost {
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object, imports: object) => { readonly exports: { readonly run: (base: number) => number } };
  readonly Memory: new (pages: { readonly initial: number }) => WasmMemory;
}

/** Its buffer stays the same: we let no memory grow. */
export interface WasmMemory {
  readonly buffer: ArrayBuffer;
}

/** Zeroes at first. */
export interface Room {
  readonly doubles: Float64Array;
  /** Undefined if WebAssembly cannot reach the doubles. */
  readonly memory: WasmMemory | undefined;
  /** Where they begin in the memory, in bytes. */
  readonly base: number;
}

const PAGE_BYTES = 65536;
/** One MiB: some thousand frames of ordinary formulas. */
const PAGES = 16;

/** Undefined where there is none. */
export function wasmHost(): WasmHost | undefined {
  return (globalThis as { readonly WebAssembly?: WasmHost }).WebAssembly;
}

/** The memory at hand and how many bytes of it are given away. */
let current: WasmMemory | undefined;
let used = 0;

/** Room for so many doubles. */
export function roomFor(count: number): Room {
  const bytes = 8 * count;
  if (current === undefined || used + bytes > current.buffer.byteLength) {
    const host = wasmHost();
    if (host === undefined || bytes > PAGES * PAGE_BYTES)
      return { doubles: new Float64Array(count), memory: undefined, base: 0 };
    try {
      current = new host.Memory({ initial: PAGES });
    } catch (signal) {
      if (!(signal instanceof RangeError)) throw signal;
      return { doubles: new Float64Array(count), memory: undefined, base: 0 };
    }
    used = 0;
  }
  const base = used;
  used += bytes;
  return { doubles: new Float64Array(current.buffer, base, count), memory: current, base };
}
