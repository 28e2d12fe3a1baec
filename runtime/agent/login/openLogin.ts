/** From the server's order to let people in to a node to the answer: where they come in, or why not. */
import type { Confinement } from "../node/confinement.ts";
import type { NodeLife } from "../node/nodeLife.ts";
import type { FromAgent, ToAgent } from "../protocol.ts";
import type { LoginAddress, Logins } from "./logins.ts";

type OpenLogin = Extract<ToAgent, { kind: "OpenLogin" }>;
type LoginAnswer = Extract<FromAgent, { kind: "LoginOpen" | "LoginRefused" }>;

/** What is around it. */
interface LoginSurroundings {
  readonly nodes: NodeLife;
  readonly confinement: Confinement;
  readonly logins: Logins;
}

/** Never rejects: what goes wrong is the reason of a refusal. */
export async function openLogin(order: OpenLogin, around: LoginSurroundings): Promise<LoginAnswer> {
  const { node, number } = order;
  try {
    const { address, port } = await opened(order, around);
    return { kind: "LoginOpen", node, number, address, port };
  } catch (error) {
    return { kind: "LoginRefused", node, number, reason: (error as Error).message };
  }
}

async function opened(
  { node: name, users }: OpenLogin,
  { nodes, confinement, logins }: LoginSurroundings,
): Promise<LoginAddress> {
  const node = nodes.get(name);
  if (node === undefined || nodes.waitingFor(name) !== undefined) throw new Error("the node is not up");
  const visiting = users.map(({ user, ...rest }) => {
    const identity = confinement.login(user, node);
    return identity === undefined ? rest : { ...rest, identity };
  });
  return await logins.open(node, visiting);
}
