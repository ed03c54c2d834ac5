import { ROLES, SCOPES } from "@berth/protocol";
import { choice, described, instant, list, nullable, object, text } from "./json-schema.ts";
import type { JsonSchema } from "./json-schema.ts";

export type PeopleSchemaName =
  | "AddedUser"
  | "CreatedOrganization"
  | "NewOrganization"
  | "NewPassword"
  | "NewRole"
  | "NewUser"
  | "Organization"
  | "OrganizationList"
  | "OrganizationName"
  | "OwnIdentity"
  | "SessionList"
  | "SignIn"
  | "SignInCode"
  | "SwitchOrganization"
  | "User"
  | "UserList";

const ref = (name: PeopleSchemaName): JsonSchema => ({ $ref: `#/components/schemas/${name}` });

const ROLE: JsonSchema = choice(...Object.keys(ROLES));
const PASSWORD: JsonSchema = { type: "string", minLength: 12, maxLength: 256 };
const USER = { id: text, email: text, name: text, role: ROLE, createdAt: instant, disabledAt: nullable(instant) };
const ORGANIZATION = { orgId: text, name: text, createdAt: instant };
const MEMBERSHIPS: JsonSchema = list(object({ orgId: text, name: text, "role?": ROLE }));

/** Beside what every API key has. */
export const KEY_BOUNDS: { readonly [name: string]: JsonSchema } = {
  createdBy: described("The user who made it; it never has more than they have.", nullable(text)),
  agents: described("Only these agents exist for it.", nullable(list(text))),
  cidrs: described("It holds from these networks only.", nullable(list(text))),
};

/** Of users, organizations and sessions. */
export const PEOPLE_SCHEMAS: Readonly<Record<PeopleSchemaName, JsonSchema>> = {
  SignIn: {
    anyOf: [
      object({ code: text, "password?": described("Sets it.", PASSWORD) }),
      object({ email: text, password: text }),
      object({ key: text }),
    ],
  },
  SignInCode: object({ code: text }),
  SwitchOrganization: object({ orgId: text }),
  SessionList: object({
    sessions: list(
      object({
        id: text,
        orgId: text,
        createdAt: instant,
        lastUsedAt: instant,
        expiresAt: instant,
        userAgent: nullable(text),
        app: described("At the origin of this agent, and ends with the console's that it came from.", nullable(text)),
      }),
    ),
  }),
  NewPassword: object({ "current?": text, password: PASSWORD }),
  User: object(USER),
  UserList: object({ users: list(ref("User")) }),
  NewUser: object({ email: text, "name?": text, role: ROLE }),
  NewRole: object({ role: ROLE }),
  AddedUser: object({ ...USER, "code?": described("Signs the person in, once, within 72 hours.", text) }),
  Organization: object(ORGANIZATION),
  OrganizationList: object({ organizations: MEMBERSHIPS }),
  OrganizationName: object({ name: text }),
  NewOrganization: object({ name: text, "owner?": described("Email; default: the caller.", text) }),
  CreatedOrganization: object({ ...ORGANIZATION, owner: ref("AddedUser") }),
  OwnIdentity: object({
    kind: text,
    id: text,
    orgId: text,
    scopes: list(choice(...SCOPES)),
    name: nullable(text),
    agents: described("Only these agents exist for it.", nullable(list(text))),
    organizations: MEMBERSHIPS,
  }),
};
