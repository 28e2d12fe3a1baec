/** `weir tune`. */
export async function tuneFile(_path: string, _options: unknown, _output: unknown): Promise<0> {
  return 0;
}
