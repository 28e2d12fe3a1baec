export async function repl(..._args: unknown[]): Promise<0> {
  return 0;
}
