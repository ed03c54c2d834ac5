import type { Auth } from "@berth/control";
import type { Principal } from "@berth/protocol";
import { explicitCredential, isLocal } from "../edge/authenticate.ts";
import type { GrpcExchange } from "./grpc-exchange.ts";

/** As HTTP's policy `anyone`: a credential is optional, a wrong one is refused. @throws UNAUTHENTICATED */
export async function authenticateGrpc(exchange: GrpcExchange, auth: Auth): Promise<Principal> {
  const credential = explicitCredential(exchange);
  if (credential !== undefined) return await auth.authenticate(credential);
  return auth.anonymous({ local: isLocal(exchange, exchange.remoteAddress) });
}
