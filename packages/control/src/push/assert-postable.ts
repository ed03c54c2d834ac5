import { invalidParams } from "@berth/protocol";
import type { FieldViolation, TaskPushNotificationConfig } from "@berth/protocol";
import { OutboundError } from "@berth/runtime";
import type { OutboundHttp } from "@berth/runtime";

const MAX_SECRET = 4_096;
const MAX_ID = 256;
/** RFC 9110 §5.5, without the bytes that have no agreed meaning. */
const FIELD_VALUE = /^[\u0021-\u007e]([\u0020-\u007e]*[\u0021-\u007e])?$/;
/** RFC 9110 §11.1. */
const SCHEME = /^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,64}$/;

/** A stranger's URL and header values. @throws INVALID_PARAMS with every field that does not fit. */
export async function assertPostable(
  outbound: Pick<OutboundHttp, "assertUrl">,
  { id, url, token, authentication }: TaskPushNotificationConfig,
  field: string,
): Promise<void> {
  const violations: FieldViolation[] = [];
  const at = (name: string): string => (field === "" ? name : `${field}.${name}`);
  const isHeader = (value: string): boolean => value.length <= MAX_SECRET && FIELD_VALUE.test(value);
  const description = `must be at most ${MAX_SECRET} printable ASCII characters`;
  if ((id?.length ?? 0) > MAX_ID) violations.push({ field: at("id"), description: `longer than ${MAX_ID} characters` });
  if (token !== undefined && !isHeader(token)) violations.push({ field: at("token"), description });
  if (authentication !== undefined && !SCHEME.test(authentication.scheme)) {
    violations.push({ field: at("authentication.scheme"), description: "must be an HTTP authentication scheme" });
  }
  if (authentication?.credentials !== undefined && !isHeader(authentication.credentials)) {
    violations.push({ field: at("authentication.credentials"), description });
  }
  try {
    await outbound.assertUrl(url);
  } catch (error) {
    if (!(error instanceof OutboundError)) throw error;
    violations.push({ field: at("url"), description: error.message });
  }
  if (violations.length > 0) throw invalidParams(violations);
}
