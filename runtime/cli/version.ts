/** The version of Weir, as package.json has it; the build puts it in. */
declare const WEIR_VERSION: string | undefined;

/** Such as `0.1.0`; `0.0.0-source` when run from source. */
export const version: string = typeof WEIR_VERSION === "string" ? WEIR_VERSION : "0.0.0-source";
