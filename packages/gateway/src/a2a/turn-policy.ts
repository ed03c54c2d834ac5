import type { TurnPolicy } from "@berth/control";
import { PlatformError, TURN_POLICY_METADATA } from "@berth/protocol";
import type { SendMessageRequest } from "@berth/protocol";

const FIELD = `message.metadata["${TURN_POLICY_METADATA}"].policy`;

/** @throws INVALID_PARAMS for a policy that is none. */
export function turnPolicyOf({ message }: SendMessageRequest): TurnPolicy | undefined {
  const said = message.metadata?.[TURN_POLICY_METADATA];
  if (said === undefined) return undefined;
  const policy = typeof said === "object" && said !== null && "policy" in said ? said.policy : undefined;
  if (policy === "queue" || policy === "reject" || policy === "steer") return policy;
  const violation = { field: FIELD, description: "must be queue, reject or steer" };
  throw new PlatformError("INVALID_PARAMS", `${violation.field}: ${violation.description}`, {
    violations: [violation],
  });
}
