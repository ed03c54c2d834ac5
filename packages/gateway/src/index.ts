export type { Offer } from "./edge/edge.ts";
export { DEFAULT_LIMITS } from "./edge/limits.ts";
export type { Limits } from "./edge/limits.ts";
export type { StaticFiles } from "./edge/static-files.ts";
export { createGateway, loadGrpc } from "./gateway.ts";
export type { Gateway, GatewayOptions } from "./gateway.ts";
