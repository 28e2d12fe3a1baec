/**
 * Takes secrets out of what is shown (L-64): passwords, keys and protected settings that a client gave with a pool or a task are kept for the node and
 * never read back. URLs with a signature in them are shown as given, as the service does.
 */

const SECRET: ReadonlySet<string> = new Set(["password", "sshPrivateKey", "accountKey", "sasKey", "protectedSettings"]);

/** The same value without secret properties at any depth. What holds none is given back as it is. */
export function withoutSecrets(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return mapped(value);
  let changed = false;
  const kept: [string, unknown][] = [];
  for (const [name, property] of Object.entries(value)) {
    const shown = SECRET.has(name) ? undefined : withoutSecrets(property);
    if (shown !== property) changed = true;
    if (shown !== undefined) kept.push([name, shown]);
  }
  return changed ? Object.fromEntries(kept) : value;
}

function mapped(list: readonly unknown[]): readonly unknown[] {
  const shown = list.map(withoutSecrets);
  return shown.some((item, i) => item !== list[i]) ? shown : list;
}
