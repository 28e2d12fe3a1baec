/** The part of asciichart that we use; the package brings no types. */
declare module "asciichart" {
  interface Settings {
    readonly height?: number;
    readonly min?: number;
    readonly max?: number;
    readonly offset?: number;
    readonly format?: (value: number, index: number) => string;
  }
  const asciichart: { plot(series: readonly number[], settings?: Settings): string };
  export default asciichart;
}
