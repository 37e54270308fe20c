/**
 * The entry of a trial's worker threads: works as what it was told to be.
 */
import { workerData } from "node:worker_threads";
import type { Assignment } from "./assignment.js";
import { Caller } from "./caller.js";
import { Contender } from "./contender.js";
import { Crowd } from "./crowd.js";
import { Player } from "./player.js";

const PARTS = { player: Player, contender: Contender, crowd: Crowd, caller: Caller };

const assignment = workerData as Assignment;
await new PARTS[assignment.part](assignment).work();
