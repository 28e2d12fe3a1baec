/**
 * The grammar of `autoscale.ebnf` as a Chevrotain parser that makes a concrete syntax tree: the road not taken, kept so that the bench can
 * say what it would cost. It makes no tree of ours; lowering would come on top.
 */
import { CstParser } from "chevrotain";
import * as t from "../grammar/tokens.ts";

export class ConcreteParser extends CstParser {
  readonly formula = this.RULE("formula", () => {
    this.OPTION(() => this.SUBRULE(this.statement));
    this.MANY(() => {
      this.CONSUME(t.Semicolon);
      this.OPTION2(() => this.SUBRULE2(this.statement));
    });
  });
  private readonly statement = this.RULE("statement", () => {
    this.OPTION(() => {
      this.CONSUME(t.Name);
      this.CONSUME(t.Assign);
    });
    this.SUBRULE(this.expression);
  });
  private readonly expression = this.RULE("expression", () => {
    this.SUBRULE(this.operand);
    this.MANY(() => {
      this.CONSUME(t.BinaryOperator);
      this.SUBRULE2(this.operand);
    });
    this.OPTION(() => {
      this.CONSUME(t.Question);
      this.SUBRULE(this.expression);
      this.CONSUME(t.Colon);
      this.SUBRULE2(this.expression);
    });
  });
  private readonly operand = this.RULE("operand", () => {
    this.MANY(() => this.CONSUME(t.UnaryOperator));
    this.SUBRULE(this.primary);
    this.MANY2(() => {
      this.CONSUME(t.Dot);
      this.CONSUME2(t.Name);
      this.OPTION(() => {
        this.CONSUME(t.OpenParenthesis);
        this.SUBRULE(this.args);
        this.CONSUME(t.CloseParenthesis);
      });
    });
  });
  private readonly primary = this.RULE("primary", () => {
    this.OR([
      { ALT: () => this.CONSUME(t.NumberLiteral) },
      { ALT: () => this.CONSUME(t.StringLiteral) },
      {
        ALT: () => {
          this.CONSUME(t.Name);
          this.OPTION(() => {
            this.CONSUME(t.OpenParenthesis);
            this.SUBRULE(this.args);
            this.CONSUME(t.CloseParenthesis);
          });
        },
      },
      {
        ALT: () => {
          this.CONSUME2(t.OpenParenthesis);
          this.SUBRULE(this.expression);
          this.CONSUME2(t.CloseParenthesis);
        },
      },
      {
        ALT: () => {
          this.CONSUME(t.OpenBracket);
          this.SUBRULE2(this.args);
          this.CONSUME(t.CloseBracket);
        },
      },
    ]);
  });
  private readonly args = this.RULE("args", () => {
    this.MANY_SEP({ SEP: t.Comma, DEF: () => this.SUBRULE(this.expression) });
  });

  constructor() {
    super(t.allTokens, { maxLookahead: 2, skipValidations: true });
    this.performSelfAnalysis();
  }
}
