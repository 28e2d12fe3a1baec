/**
 * How an operation on values says that it cannot be done: by throwing a Fault that names a row of the evaluation diagnostics. It knows no
 * place; whoever runs the operation adds it. Not an Error: a failed run is an ordinary answer, and a stack trace would cost more than the run.
 */
export class Fault {
  readonly code: string;
  readonly details: Readonly<Record<string, string>>;
  constructor(code: string, details: Readonly<Record<string, string>> = {}) {
    this.code = code;
    this.details = details;
  }
}
