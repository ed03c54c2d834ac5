export { currentSpan, currentTrace, withSpan } from "./current-span.ts";
