/**
 * The intermediate representation for a person, one instruction a line: golden tests compare it before and after an optimization.
 *
 *     step 1
 *       span: timeinterval = 00:15:00
 *     step 2
 *       w3 = aim $PendingTasks between 00:15:00
 *       r4 = avg(w3)
 *       pending: double = r4
 *
 * Constants are written where they are used. A register is `rN`, a window `wN`.
 */
import type { Block, Instruction, IrProgram, Register } from "./ir.ts";
import { valueText } from "./values/text.ts";

/** The program as text, a line per instruction, each with a line end; constants in the form of the service's results, strings quoted. */
export function irText(program: IrProgram): string {
  return new Printer(program).text();
}

class Printer {
  private readonly program: IrProgram;
  private readonly lines: string[] = [];

  constructor(program: IrProgram) {
    this.program = program;
  }

  text(): string {
    for (const [i, step] of this.program.steps.entries()) {
      this.lines.push(`step ${i + 1}`);
      this.block(step.body, "  ");
      const bound = step.assignment;
      if (bound !== undefined)
        this.lines.push(`  ${bound.name}: ${this.program.types[bound.register]} = ${this.at(bound.register)}`);
    }
    return this.lines.length === 0 ? "" : `${this.lines.join("\n")}\n`;
  }

  private at(register: Register): string {
    if (register < 0) return "nothing";
    const value = this.program.constants[register];
    if (value !== undefined) return typeof value === "string" ? JSON.stringify(value) : valueText(value);
    return `${this.program.types[register] === "window" ? "w" : "r"}${register}`;
  }

  private list(registers: readonly Register[]): string {
    return registers.map((register) => this.at(register)).join(", ");
  }

  private block(body: readonly Instruction[], indent: string): void {
    for (const instruction of body) {
      if (instruction.op !== "branch") {
        this.lines.push(indent + this.line(instruction));
        continue;
      }
      const into = instruction.dst < 0 ? "" : `${this.at(instruction.dst)} = `;
      this.lines.push(`${indent}${into}if ${this.at(instruction.condition)}`);
      this.side(instruction.whenTrue, indent, instruction.dst);
      this.lines.push(`${indent}else`);
      this.side(instruction.whenFalse, indent, instruction.dst);
    }
  }

  private side(block: Block, indent: string, dst: Register): void {
    this.block(block.body, `${indent}  `);
    if (dst >= 0 && block.result >= 0) this.lines.push(`${indent}  ${this.at(block.result)}`);
  }

  private line(i: Exclude<Instruction, { op: "branch" }>): string {
    switch (i.op) {
      case "unary":
        return `${this.at(i.dst)} = ${i.operator}${this.at(i.a)}`;
      case "binary":
        return `${this.at(i.dst)} = ${this.at(i.a)} ${i.operator} ${this.at(i.b)}`;
      case "select":
        return `${this.at(i.dst)} = ${this.at(i.a)} ${i.operator} ${this.at(i.b)} ? ${this.at(i.whenTrue)} : ${this.at(i.whenFalse)}`;
      case "call":
        return `${this.at(i.dst)} = ${i.row.name}${i.overload === undefined ? "?" : ""}(${this.list(i.args)})`;
      case "vector":
        return `${this.at(i.dst)} = [${this.list(i.args)}]`;
      case "member":
        return `${this.at(i.dst)} = ${this.at(i.a)}.${i.member}`;
      case "now":
        return `${this.at(i.dst)} = now`;
      case "current":
        return `${this.at(i.dst)} = current ${i.name}`;
      case "metric":
        return `${this.at(i.dst)} = ${i.what} ${i.metric}`;
      case "aim":
        return `${this.at(i.dst)} = aim ${i.metric} ${i.form} ${this.at(i.a)}${i.b < 0 ? "" : ` ${this.at(i.b)}`}`;
      case "percent":
        return `${this.at(i.dst)} = percent ${this.at(i.window)}`;
      case "check":
        return `check ${this.at(i.window)} ${this.at(i.wanted)}`;
      case "samples":
        return `${this.at(i.dst)} = samples ${this.at(i.window)}`;
      case "method":
        return `${this.at(i.dst)} = ${i.metric}.${i.row.name}?(${this.list(i.args)})`;
      case "narrow":
        return `${this.at(i.dst)} = ${i.type} ${this.at(i.a)} or ${i.code}`;
      case "fail":
        return `fail ${i.code}`;
      case "stop":
        return "stop";
      default:
        return i satisfies never;
    }
  }
}
