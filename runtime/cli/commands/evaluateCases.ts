export async function evaluateCases(..._args: unknown[]): Promise<0> { return 0; }
