/**
 * Variables in a line of cmd. Percent signs are expanded once, in the whole line, before anything else is understood: `set X=1 & echo %X%` prints what X
 * was before. With `/v:on` what stands between exclamation marks is expanded when its command runs. Names are compared without case.
 */

/** The variables of one run; setting one to "" removes it, as cmd does. */
export class Variables {
  private readonly values = new Map<string, readonly [name: string, value: string]>();

  /** From the environment of a process. */
  constructor(environment: Readonly<Record<string, string | undefined>>) {
    for (const [name, value] of Object.entries(environment)) if (value !== undefined) this.set(name, value);
  }

  get(name: string): string | undefined {
    return this.values.get(name.toLowerCase())?.[1];
  }

  set(name: string, value: string): void {
    const key = name.toLowerCase();
    if (value === "") this.values.delete(key);
    else this.values.set(key, [this.values.get(key)?.[0] ?? name, value]);
  }

  /** All in order of name, for `set` and for programs. */
  entries(): (readonly [name: string, value: string])[] {
    return [...this.values.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, entry]) => entry);
  }
}

/** What an expansion needs besides the variables. */
export interface Surroundings {
  readonly variables: Variables;
  /** Values that are there although nobody has set them: CD, ERRORLEVEL … */
  readonly dynamic: (name: string) => string | undefined;
  /** Arguments of a batch file, the file itself first; undefined on a command line, where unknown names stay as they are. */
  readonly batch: readonly string[] | undefined;
}

/** A line with every `%…%` replaced. */
export function expandPercents(line: string, around: Surroundings): string {
  const { batch } = around;
  let out = "";
  for (let at = 0; at < line.length; ) {
    if (line[at] !== "%") {
      out += line[at++];
      continue;
    }
    const next = line[at + 1];
    if (batch !== undefined && next === "%") {
      out += "%";
      at += 2;
    } else if (batch !== undefined && next !== undefined && /[\d*]/.test(next)) {
      out += next === "*" ? batch.slice(1).join(" ") : (batch[Number(next)] ?? "");
      at += 2;
    } else {
      const end = line.indexOf("%", at + 1);
      const value = end < 0 ? undefined : variable(line.slice(at + 1, end), around);
      if (value === undefined && batch === undefined) out += line[at++];
      else {
        out += value ?? "";
        at = end < 0 ? at + 1 : end + 1;
      }
    }
  }
  return out;
}

/** A text with every `!…!` replaced; unknown ones vanish. */
export function expandDelayed(text: string, around: Surroundings): string {
  return text.replace(/!([^!]+)!/g, (_, inside: string) => variable(inside, around) ?? "");
}

/** `NAME`, `NAME:~from,length` or `NAME:old=new`; undefined when there is no such variable. */
function variable(inside: string, { variables, dynamic }: Surroundings): string | undefined {
  const colon = inside.indexOf(":", 1);
  const name = colon < 0 ? inside : inside.slice(0, colon);
  const value = variables.get(name) ?? dynamic(name.toUpperCase());
  if (value === undefined || colon < 0) return value;
  const how = inside.slice(colon + 1);
  const cut = /^~(-?\d+)(?:,(-?\d+))?$/.exec(how);
  if (cut !== null) return part(value, Number(cut[1]), cut[2] === undefined ? undefined : Number(cut[2]));
  const equals = how.indexOf("=", 1);
  return equals < 0 ? value : replaceAll(value, how.slice(0, equals), how.slice(equals + 1));
}

/** Negative numbers count from the end. */
function part(value: string, from: number, length: number | undefined): string {
  const start = from < 0 ? Math.max(0, value.length + from) : from;
  if (length === undefined) return value.slice(start);
  return length < 0 ? value.slice(start, length) : value.slice(start, start + length);
}

function replaceAll(value: string, old: string, by: string): string {
  const lower = value.toLowerCase();
  const sought = old.toLowerCase();
  let out = "";
  let at = 0;
  for (let found = lower.indexOf(sought); found >= 0; found = lower.indexOf(sought, at)) {
    out += value.slice(at, found) + by;
    at = found + old.length;
  }
  return out + value.slice(at);
}
