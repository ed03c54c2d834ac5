import { MAX_SECRET_LENGTH, MIN_SECRET_LENGTH } from "@berth/protocol";
import { described, instant, integer, list, nullable, object, text } from "./json-schema.ts";
import type { JsonSchema } from "./json-schema.ts";

export type SecretSchemaName = "NewSecretValue" | "Secret" | "SecretList";

const SECRET = {
  name: text,
  agent: described("Of this agent alone; null: of the organization.", nullable(text)),
  hosts: described("It is sent to these only; null: to every upstream that names it.", nullable(list(text))),
  version: integer,
  updatedAt: instant,
  updatedBy: text,
};

/** None of them has a value in an answer. */
export const SECRET_SCHEMAS: Readonly<Record<SecretSchemaName, JsonSchema>> = {
  NewSecretValue: object({
    value: described("One line of printable ASCII.", {
      type: "string",
      minLength: MIN_SECRET_LENGTH,
      maxLength: MAX_SECRET_LENGTH,
    }),
    "hosts?": described("`host`, `host:port` or `*.host`: it is sent to these only.", list(text)),
  }),
  Secret: object(SECRET),
  SecretList: object({
    secrets: list(object({ ...SECRET, usedBy: described("Agents whose live release uses it.", list(text)) })),
  }),
};
