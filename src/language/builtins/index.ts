/** The one table of built-ins, as its readers see it. */
export { functions, stopSignal } from "./functions.ts";
export { members, memberValue, methods } from "./methods.ts";
export { chooseOverload, countInWords, fits, signaturesInWords, takesCount } from "./resolve.ts";
export type { CallContext, FunctionRow, MemberRow, MethodRow, Overload, Parameter, Purity, VariableRow } from "./row.ts";
export { constantValue, fullName, metricNames, olderMetricNames, variables } from "./variables.ts";
