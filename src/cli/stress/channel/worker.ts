/**
 * The entry of a run's worker threads: works as what it was told to be.
 */
import { workerData } from "node:worker_threads";
import type { Assignment } from "./assignment.js";
import { Receiving } from "./receiving.js";
import { Sending } from "./sending.js";

const assignment = workerData as Assignment;
await (assignment.part === "sender" ? new Sending(assignment) : new Receiving(assignment)).work();
