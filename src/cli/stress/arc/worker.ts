/**
 * The entry of a run's worker threads.
 */
import { workerData } from "node:worker_threads";
import type { Assignment } from "./assignment.js";
import { Hand } from "./hand.js";

new Hand(workerData as Assignment).work();
