/**
 * Colour by role: what is printed says what a piece of text is, and only this file knows how that looks. Colour is on when the caller says
 * so and NO_COLOR does not object.
 */
import picocolors from "picocolors";

/** What a piece of text is; the roles of `showDiagnostic` and of explanations among them. */
export type Role = string;

/** Gives text back decorated for its role; a role it does not know stays plain. */
export type Paint = (role: Role, text: string) => string;

/** A painter; without colour it changes nothing. A non-empty NO_COLOR in `environment` wins over `color`. */
export function painter(color: boolean, environment: Readonly<Record<string, string | undefined>> = {}): Paint {
  if (!color || (environment.NO_COLOR ?? "") !== "") return (_role, text) => text;
  const c = picocolors.createColors(true);
  const styles = new Map<Role, (text: string) => string>([
    ["error", (text) => c.bold(c.red(text))],
    ["warning", (text) => c.bold(c.yellow(text))],
    ["place", c.bold],
    ["gutter", c.blue],
    ["caret", c.red],
    ["hint", c.cyan],
    ["name", c.cyan],
    ["value", c.bold],
    ["title", c.bold],
    ["quiet", c.dim],
    ["good", c.green],
    ["taken", c.green],
    ["notTaken", c.dim],
    ["source", c.bold],
    ["branch", c.green],
    ["skipped", c.dim],
    ["samples", c.dim],
    ["missing", c.yellow],
    ["failure", (text) => c.bold(c.red(text))],
    ["why", c.bold],
    ["prompt", (text) => c.bold(c.green(text))],
  ]);
  return (role, text) => styles.get(role)?.(text) ?? text;
}
