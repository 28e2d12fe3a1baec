export async function backtestFiles(..._args: unknown[]): Promise<0> { return 0; }
