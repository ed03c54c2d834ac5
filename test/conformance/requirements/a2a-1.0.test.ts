import { afterAll, beforeAll, describe } from "vitest";
import { BINDINGS } from "../bindings/index.ts";
import { House } from "../house.ts";
import { describeAccess } from "./access.ts";
import { describeCards } from "./cards.ts";
import { describeConversations } from "./conversations.ts";
import { describeErrors } from "./errors.ts";
import { describeHostileAgent } from "./hostile-agent.ts";
import { describeLists } from "./lists.ts";
import { describeNotYet } from "./not-yet.ts";
import { describePush } from "./push.ts";
import { describeStreams } from "./streams.ts";
import { describeVersions, describeVersionsOfHttp } from "./versions.ts";

// One platform for all of them: nothing here reads what another test wrote, but for its own context or task.
const house = new House();
beforeAll(async () => await house.open());
afterAll(async () => await house.close());

describe.each(BINDINGS)("A2A 1.0 over $name", (binding) => {
  describe("conversations", () => describeConversations(house, binding));
  describe("streams", () => describeStreams(house, binding));
  describe("lists", () => describeLists(house, binding));
  describe("errors", () => describeErrors(house, binding));
  describe("webhooks", () => describePush(house, binding));
  describe("access", () => describeAccess(house, binding));
  describe("versions", () => describeVersions(house, binding));
  describe("an agent that breaks the protocol", () => describeHostileAgent(house, binding));
});

describe("A2A 1.0 over HTTP", () => describeVersionsOfHttp(house));
describe("cards", () => describeCards(house));
describe("what is not met yet", () => describeNotYet());
