import type { AuditRecord } from "@berth/store";

/** OCSF 1.4 classes of the category Identity & Access Management (3) and Application Activity (6). */
const CLASSES = {
  accountChange: { class_uid: 3001, class_name: "Account Change", category_uid: 3 },
  authentication: { class_uid: 3002, class_name: "Authentication", category_uid: 3 },
  userAccess: { class_uid: 3005, class_name: "User Access Management", category_uid: 3 },
  apiActivity: { class_uid: 6003, class_name: "API Activity", category_uid: 6 },
} as const;

const CATEGORY_NAMES = { 3: "Identity & Access Management", 6: "Application Activity" } as const;

/** activity_id by class and verb. What is not here is 99, Other. */
const ACCOUNT_ACTIVITIES: Readonly<Record<string, number>> = {
  "user.add": 1,
  "user.enable": 2,
  "user.set_password": 3,
  "user.create_code": 4,
  "user.disable": 5,
  "user.remove": 6,
};
const SESSION_ACTIVITIES: Readonly<Record<string, number>> = { "session.sign_in": 1, "session.end": 2 };
const ACCESS_ACTIVITIES: Readonly<Record<string, number>> = {
  "approval.approve": 1,
  "client.consent": 1,
  "grant.revoke": 2,
};
const API_VERBS: readonly (readonly [verbs: RegExp, activity: number])[] = [
  [/\.(create|add|import|deploy|put|write)$/, 1],
  [/\.(read|list|check)$/, 2],
  [/\.(set|rename|rotate|accept-card|manage)$/, 3],
  [/\.(remove|revoke|delete|cancel)$/, 4],
];
const OUTCOMES = {
  ok: { status_id: 1, status: "Success", severity_id: 1, severity: "Informational" },
  denied: { status_id: 2, status: "Failure", severity_id: 3, severity: "Medium" },
  failed: { status_id: 2, status: "Failure", severity_id: 2, severity: "Low" },
} as const;

/** The entry as an OCSF event, for whatever collects security logs. `unmapped` holds what OCSF has no place for. */
export function toOcsf(record: AuditRecord): Readonly<Record<string, unknown>> {
  const { auditId, at, actor, actors, action, resource, outcome, from, detail, orgId, salt, leafIndex } = record;
  const { activity, ...kind } = classOf(action);
  const user = { uid: actor, org: { uid: orgId } };
  return {
    ...kind,
    category_name: CATEGORY_NAMES[kind.category_uid],
    activity_id: activity,
    type_uid: kind.class_uid * 100 + activity,
    time: Date.parse(at),
    ...OUTCOMES[outcome],
    metadata: { version: "1.4.0", uid: auditId, product: { name: "Berth", vendor_name: "Berth" }, profiles: [] },
    actor: { user },
    ...(kind.class_uid === 6003
      ? {
          api: { operation: action, ...(from?.requestId === undefined ? {} : { request: { uid: from.requestId } }) },
          resources: [{ name: resource }],
        }
      : { user: { uid: resource }, message: action }),
    ...(from === undefined ? {} : { src_endpoint: { ip: from.address ?? "", svc_name: from.door ?? "" } }),
    ...(from?.userAgent === undefined ? {} : { http_request: { user_agent: from.userAgent } }),
    unmapped: {
      action,
      salt,
      ...(actors === undefined ? {} : { actors }),
      ...(leafIndex === undefined ? {} : { leaf_index: leafIndex }),
      ...(detail === undefined ? {} : { detail }),
    },
  };
}

function classOf(action: string): (typeof CLASSES)[keyof typeof CLASSES] & { readonly activity: number } {
  if (action.startsWith("user.")) return { ...CLASSES.accountChange, activity: ACCOUNT_ACTIVITIES[action] ?? 99 };
  if (action.startsWith("session.")) return { ...CLASSES.authentication, activity: SESSION_ACTIVITIES[action] ?? 99 };
  const access = ACCESS_ACTIVITIES[action];
  if (access !== undefined) return { ...CLASSES.userAccess, activity: access };
  return { ...CLASSES.apiActivity, activity: API_VERBS.find(([verbs]) => verbs.test(action))?.[1] ?? 99 };
}
