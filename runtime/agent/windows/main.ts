/**
 * The program: one argument, what stands after `cmd` in a command line: options, `/c` or `/k`, and a command. Without either it does nothing, because nobody
 * would type anything. Ends with the code that the command ended with.
 */
import { Interpreter } from "./interpret.ts";

/** As cmd takes them off: the first and the last, unless they hold the name of one program and nothing else. */
function withoutQuotes(command: string): string {
  const text = command.trim();
  if (!text.startsWith('"')) return text;
  const quotes = text.split('"').length - 1;
  const inside = text.slice(1, text.indexOf('"', 1));
  if (quotes === 2 && text.endsWith('"') && /\s/.test(inside) && !/[&<>()@^|]/.test(inside) && /^\S*[\\/][^"]*$/.test(inside))
    return text;
  const last = text.lastIndexOf('"');
  return last === 0 ? text.slice(1) : text.slice(1, last) + text.slice(last + 1);
}

const [line = ""] = process.argv.slice(2);
const parts = /^((?:\s*\/[a-z](?::\w+)?)*?)\s*\/[ck]\s*(.*)$/is.exec(line);
const delays = /\/v(?::on)?(?=\s|\/|$)/i.test(parts?.[1] ?? "");
const interpreter = new Interpreter(process.env, process.cwd(), delays);
process.exitCode = parts === null ? 0 : interpreter.run(withoutQuotes(parts[2]));
