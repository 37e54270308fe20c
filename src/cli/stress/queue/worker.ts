/**
 * The entry of a stress run's worker threads: opens the queue by its token and works as what it was told to be.
 */
import { workerData } from "node:worker_threads";
import { ConcurrentQueue } from "../../../index.js";
import type { Assignment } from "./assignment.js";
import { Consumer } from "./consumer.js";
import { Producer } from "./producer.js";

const assignment = workerData as Assignment;
const queue = ConcurrentQueue.open(assignment.queue);
const Role = assignment.role === "producer" ? Producer : Consumer;
new Role(assignment, queue).work();
