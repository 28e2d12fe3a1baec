/**
 * The definition of the language: each rule of `autoscale.ebnf` as a Chevrotain rule. The parser knows no tree of ours; it hands every
 * construct to a builder, inside out and in text order, so that it can serve any tree.
 *
 * All binary operators are one flat loop whose operands are folded by strength afterwards: a number does not descend through a rule for
 * each of the six levels, which is most of the speed and most of the stack. Actions build directly because a concrete syntax tree takes
 * up to twice as long (`bench/parse.bench.ts`), needs a second pass, and keeps a second tree alive.
 *
 * One run finds one mistake and stops; the caller goes on where the next statement begins. Chevrotain's own recovery
 * inserts and deletes tokens inside a statement, and the mistakes it then finds are often its own.
 */
import { EmbeddedActionsParser, type IToken, type ParserMethod } from "chevrotain";
import {
  Assign,
  allTokens,
  BinaryOperator,
  CloseBracket,
  CloseParenthesis,
  Colon,
  Comma,
  Dot,
  Name,
  NumberLiteral,
  OpenBracket,
  OpenParenthesis,
  operatorLevels,
  Question,
  Semicolon,
  StringLiteral,
  UnaryOperator,
} from "./tokens.ts";

/** What a reader of formulas makes of each construct; tokens carry text and offsets. */
export interface TreeBuilder<Expression, Statement> {
  number(token: IToken): Expression;
  string(token: IToken): Expression;
  name(token: IToken): Expression;
  call(name: IToken, open: IToken, args: Expression[], close: IToken): Expression;
  vector(open: IToken, elements: Expression[], close: IToken): Expression;
  group(open: IToken, inner: Expression, close: IToken): Expression;
  member(object: Expression, name: IToken): Expression;
  method(object: Expression, name: IToken, open: IToken, args: Expression[], close: IToken): Expression;
  unary(operator: IToken, operand: Expression): Expression;
  binary(operator: IToken, left: Expression, right: Expression): Expression;
  conditional(question: IToken, condition: Expression, whenTrue: Expression, whenFalse: Expression): Expression;
  statement(target: IToken | undefined, value: Expression): Statement;
}

/** How high a tree may grow; the numbers belong to whoever uses the grammar. */
export interface HeightLimits {
  /**
   * Levels at one place: parentheses, brackets, calls, unary operators, members and conditionals (rule 8.18). It bounds the height of
   * the tree, so that whoever walks it by recursion is safe.
   */
  readonly nesting: number;
  /**
   * Operators at one place that wait for their right operand. Without it each of the allowed levels could add a step for every strength
   * of operator, `a||a&&a==a<a+a*(a||…`, and the tree could grow seven times as high as `nesting` says.
   */
  readonly waiting: number;
}

/** A formula holds too much. `token` is the first that is one too many. */
export class LimitExceeded extends Error {
  readonly limit: "statements" | keyof HeightLimits;
  readonly token: IToken;

  constructor(limit: LimitExceeded["limit"], token: IToken) {
    super(limit);
    this.limit = limit;
    this.token = token;
  }
}

const strength = new Map(operatorLevels.flatMap((level, index) => level.map((operator) => [operator, index] as const)));

/**
 * Reads one formula: set `input` and `statementsLeft`, call `formula()`, look at `errors`. Making a parser takes some milliseconds and it keeps nothing
 * between formulas, so make one and keep it. Throws LimitExceeded.
 */
export class FormulaParser<Expression, Statement> extends EmbeddedActionsParser {
  /** formula = [ statement ] { ";" [ statement ] } */
  readonly formula: ParserMethod<[], Statement[]>;
  private readonly statement: ParserMethod<[], Statement>;
  private readonly expression: ParserMethod<[], Expression>;
  private readonly operand: ParserMethod<[], Expression>;
  private readonly primary: ParserMethod<[], Expression>;
  private readonly args: ParserMethod<[], Expression[]>;

  /** How many more statements, empty ones not counted, may begin (rule 8.12); to be set before `formula`. */
  statementsLeft = 0;
  private readonly build: TreeBuilder<Expression, Statement>;
  private readonly limits: HeightLimits;
  private depth = 0;
  /** Levels inside the expression that was read last. */
  private height = 0;
  private waiting = 0;

  constructor(build: TreeBuilder<Expression, Statement>, limits: HeightLimits) {
    super(allTokens, { maxLookahead: 2, skipValidations: true, recoveryEnabled: false });
    this.build = build;
    this.limits = limits;

    this.formula = this.RULE("formula", () => {
      const statements: Statement[] = [];
      this.OPTION(() => statements.push(this.SUBRULE(this.statement)));
      this.MANY(() => {
        this.CONSUME(Semicolon);
        this.OPTION2(() => statements.push(this.SUBRULE2(this.statement)));
      });
      return statements;
    });

    this.statement = this.RULE("statement", () => {
      this.ACTION(() => this.beginStatement());
      const target = this.OPTION(() => {
        const name = this.CONSUME(Name);
        this.CONSUME(Assign);
        return name;
      });
      const value = this.SUBRULE(this.expression);
      return this.ACTION(() => this.build.statement(target, value));
    });

    this.expression = this.RULE("expression", () => {
      const operation = new Operation(this.build);
      operation.operands.push(this.SUBRULE(this.operand));
      let tallest = this.height;
      this.MANY(() => {
        const operator = this.CONSUME(BinaryOperator);
        this.ACTION(() => this.wait(operator, operation));
        operation.operands.push(this.SUBRULE2(this.operand));
        tallest = Math.max(tallest, this.height);
      });
      const condition = this.ACTION(() => this.finish(operation, tallest));
      return (
        this.OPTION(() => {
          const question = this.CONSUME(Question);
          this.ACTION(() => this.enter(question, tallest));
          const whenTrue = this.SUBRULE(this.expression);
          tallest = Math.max(tallest, this.height);
          this.CONSUME(Colon);
          const whenFalse = this.SUBRULE2(this.expression);
          tallest = Math.max(tallest, this.height);
          return this.ACTION(() => {
            this.leave(tallest);
            return this.build.conditional(question, condition, whenTrue, whenFalse);
          });
        }) ?? condition
      );
    });

    this.operand = this.RULE("operand", () => {
      const signs: IToken[] = [];
      this.MANY(() => {
        const sign = this.CONSUME(UnaryOperator);
        this.ACTION(() => this.enter(sign));
        signs.push(sign);
      });
      let object = this.SUBRULE(this.primary);
      this.MANY2(() => {
        const dot = this.CONSUME(Dot);
        const tallest = this.height + 1;
        this.ACTION(() => this.raise(dot));
        const name = this.CONSUME2(Name);
        const called = this.OPTION(() => {
          const open = this.CONSUME(OpenParenthesis);
          this.ACTION(() => this.enter(open));
          const args = this.SUBRULE(this.args);
          const close = this.CONSUME(CloseParenthesis);
          this.ACTION(() => this.leave(this.height));
          return { open, args, close };
        });
        this.ACTION(() => {
          this.height = Math.max(tallest, this.height);
          object = called
            ? this.build.method(object, name, called.open, called.args, called.close)
            : this.build.member(object, name);
        });
      });
      return this.ACTION(() => {
        for (let sign = signs.pop(); sign !== undefined; sign = signs.pop()) {
          this.leave(this.height);
          object = this.build.unary(sign, object);
        }
        return object;
      });
    });

    this.primary = this.RULE("primary", () => {
      return this.OR([
        { ALT: () => this.leaf(this.CONSUME(NumberLiteral), this.build.number) },
        { ALT: () => this.leaf(this.CONSUME(StringLiteral), this.build.string) },
        {
          ALT: () => {
            const name = this.CONSUME(Name);
            return (
              this.OPTION(() => {
                const open = this.CONSUME(OpenParenthesis);
                this.ACTION(() => this.enter(open));
                const args = this.SUBRULE(this.args);
                const close = this.CONSUME(CloseParenthesis);
                return this.ACTION(() => {
                  this.leave(this.height);
                  return this.build.call(name, open, args, close);
                });
              }) ?? this.leaf(name, this.build.name)
            );
          },
        },
        {
          ALT: () => {
            const open = this.CONSUME2(OpenParenthesis);
            this.ACTION(() => this.enter(open));
            const inner = this.SUBRULE(this.expression);
            const close = this.CONSUME2(CloseParenthesis);
            return this.ACTION(() => {
              this.leave(this.height);
              return this.build.group(open, inner, close);
            });
          },
        },
        {
          ALT: () => {
            const open = this.CONSUME(OpenBracket);
            this.ACTION(() => this.enter(open));
            const elements = this.SUBRULE2(this.args);
            const close = this.CONSUME(CloseBracket);
            return this.ACTION(() => {
              this.leave(this.height);
              return this.build.vector(open, elements, close);
            });
          },
        },
      ]);
    });

    this.args = this.RULE("args", () => {
      const elements: Expression[] = [];
      let tallest = 0;
      this.MANY_SEP({
        SEP: Comma,
        DEF: () => {
          elements.push(this.SUBRULE(this.expression));
          tallest = Math.max(tallest, this.height);
        },
      });
      this.ACTION(() => {
        this.height = tallest;
      });
      return elements;
    });

    this.performSelfAnalysis();
  }

  private beginStatement(): void {
    this.depth = this.waiting = 0;
    if (this.statementsLeft-- === 0) throw new LimitExceeded("statements", this.LA(1));
  }

  private leaf(token: IToken, make: (token: IToken) => Expression): Expression {
    return this.ACTION(() => {
      this.height = 0;
      return make(token);
    });
  }

  /** Opens a level at `token`, above whatever of `tallest` levels it will hold. */
  private enter(token: IToken, tallest = 0): void {
    if (++this.depth + tallest > this.limits.nesting) throw new LimitExceeded("nesting", token);
  }

  /** Closes a level that holds `tallest` levels. */
  private leave(tallest: number): void {
    this.depth--;
    this.height = tallest + 1;
  }

  /** Puts one more level on top of the expression that was read last. */
  private raise(token: IToken): void {
    if (this.depth + ++this.height > this.limits.nesting) throw new LimitExceeded("nesting", token);
  }

  private wait(operator: IToken, operation: Operation<Expression, Statement>): void {
    this.waiting += operation.push(operator);
    if (this.waiting > this.limits.waiting) throw new LimitExceeded("waiting", operator);
  }

  private finish(operation: Operation<Expression, Statement>, tallest: number): Expression {
    this.waiting += operation.fold(0);
    this.height = tallest;
    return operation.operands[0];
  }
}

/** Operands and the operators between them that still wait for their right one: Dijkstra's two stacks. */
class Operation<Expression, Statement> {
  readonly operands: Expression[] = [];
  private readonly operators: IToken[] = [];
  private readonly build: TreeBuilder<Expression, Statement>;

  constructor(build: TreeBuilder<Expression, Statement>) {
    this.build = build;
  }

  /** Takes an operator after folding what binds at least as strongly; gives by how much the number of waiting operators changed. */
  push(operator: IToken): number {
    const folded = this.fold(strength.get(operator.image)!);
    this.operators.push(operator);
    return folded + 1;
  }

  /** Applies waiting operators of at least this strength, the last first; gives minus their number. */
  fold(weakest: number): number {
    let folded = 0;
    for (
      let last = this.operators.at(-1);
      last !== undefined && strength.get(last.image)! >= weakest;
      last = this.operators.at(-1)
    ) {
      const right = this.operands.pop()!;
      const left = this.operands.pop()!;
      this.operators.pop();
      this.operands.push(this.build.binary(last, left, right));
      folded--;
    }
    return folded;
  }
}
