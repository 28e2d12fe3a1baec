/** Rows that cannot be read, or do not fit together: which one, and why. */
export class RestoreError extends Error {
  override readonly name = "RestoreError";
  readonly table: string;
  readonly key: string;

  constructor(table: string, key: string, cause: unknown) {
    super(`row ${key === "" ? "" : `${key} `}of table ${table}: ${cause instanceof Error ? cause.message : String(cause)}`, {
      cause,
    });
    this.table = table;
    this.key = key;
  }
}
