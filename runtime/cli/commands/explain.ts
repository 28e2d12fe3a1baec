export async function explainOnce(..._args: unknown[]): Promise<0> {
  return 0;
}
