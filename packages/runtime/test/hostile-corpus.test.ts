import { describeHostileCorpus } from "./hostile/corpus.ts";
import { PROCESS_SANDBOX } from "./hostile/world.ts";

describeHostileCorpus("a jailed process", PROCESS_SANDBOX);
